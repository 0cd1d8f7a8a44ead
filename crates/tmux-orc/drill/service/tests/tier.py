"""Marks a test as one of a tier, and gives each test a database of its own."""

import os
import tempfile
import unittest

from auth import store
from auth.pool import Pool


# No test waits for a disk where there is memory to write to.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def tier(*names):
    """The test is run when one of these tiers is asked for."""

    def mark(test):
        test.tiers = names
        return test

    return mark


class Case(unittest.TestCase):
    """A test with a pool of four connections that do not wait long."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.database = os.path.join(folder.name, "auth.db")
        store.create(self.database)
        self.pool = Pool(self.database, size=4, patience=0.05)
        self.addCleanup(self.pool.close)

    def keeps_nothing(self, reason, call):
        """Many refused calls, each for this reason, and every connection is back."""
        from auth.errors import Unauthorized

        for _ in range(3):
            with self.assertRaises(Unauthorized) as refused:
                call()
            self.assertEqual(refused.exception.reason, reason)
        self.assertEqual(self.pool.in_use, 0, f"connections in use after three times {reason}")

"""The pool itself."""

from auth.errors import PoolExhausted
from tests.tier import Case, tier


class Connections(Case):
    @tier("critical")
    def test_the_last_connection_is_the_last(self):
        taken = [self.pool.acquire() for _ in range(self.pool.size)]
        with self.assertRaises(PoolExhausted):
            self.pool.acquire()
        for connection in taken:
            self.pool.release(connection)
        self.assertEqual(self.pool.in_use, 0)

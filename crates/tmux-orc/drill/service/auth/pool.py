"""Database connections: a fixed number, taken and given back."""

import sqlite3
import threading

from auth.errors import PoolExhausted


class Pool:
    """At most `size` connections to the database at `path`."""

    def __init__(self, path, size=20, patience=2.0):
        self.size = size
        self.patience = patience
        self._idle = [sqlite3.connect(path, check_same_thread=False) for _ in range(size)]
        self._all = list(self._idle)
        self._changed = threading.Condition()

    @property
    def in_use(self):
        """How many are taken now."""
        with self._changed:
            return self.size - len(self._idle)

    def acquire(self):
        """Takes one; waits a moment for one that comes back."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._idle, timeout=self.patience):
                raise PoolExhausted(f"connection pool exhausted ({self.size} of {self.size} in use)")
            return self._idle.pop()

    def release(self, connection):
        """Gives one back."""
        with self._changed:
            self._idle.append(connection)
            self._changed.notify()

    def close(self):
        """Closes all of them."""
        for connection in self._all:
            connection.close()

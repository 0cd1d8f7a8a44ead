"""Sends logins of every kind to the service in a folder and watches its pool.

    try_logins.py FOLDER ROUNDS    ->  a line for each kind: PATH STATUS REASON SENT KEPT; exit 1 when any are kept
"""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

from auth import one_time_codes, server, store  # noqa: E402
from auth.pool import Pool  # noqa: E402

# More than any failed login of the rounds can keep.
ROOM = 4
# Nothing waits for a disk where there is memory to write to.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def requests(pool):
    """One login of each kind that can be thought of from outside."""
    yield "/login", {"user": "ada", "password": "correct horse"}
    yield "/login", {"user": "bob", "password": "a wrong one"}
    yield "/login", {"user": "nobody", "password": "x"}
    yield "/login", {"user": "eve", "password": "x"}
    yield "/login/key", {"key": "key of ada"}
    yield "/login/key", {"key": "a guessed one"}
    yield "/login/key", {"key": "old key of bob"}
    yield "/login/code", {"user": "ada", "code": "no code"}
    yield "/login/code", {"user": "ada", "code": one_time_codes.issue_code(pool, "ada")}
    yield "/login/code", {"user": "ada", "code": one_time_codes.issue_code(pool, "ada", now=1.0)}


def main():
    """Each kind gets a pool of its own, so that none hides another."""
    rounds = int(sys.argv[2])
    kept_any = False
    for number in range(10):
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            database = os.path.join(folder, "auth.db")
            store.create(database)
            pool = Pool(database, size=rounds + ROOM, patience=0.05)
            for _ in range(rounds):
                path, request = list(requests(pool))[number]
                status, _, reason = server.answer(pool, path, request)
            kept = pool.in_use
            pool.close()
        kept_any = kept_any or kept > 0
        print(path, status, reason, rounds, kept)
    return 1 if kept_any else 0


if __name__ == "__main__":
    sys.exit(main())

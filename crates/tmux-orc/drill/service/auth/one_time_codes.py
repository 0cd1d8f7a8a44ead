"""The second factor: a code that is good once, for five minutes."""

import secrets
import time

from auth.errors import Unauthorized
from auth.passwords import digest_of_secret

GOOD_FOR = 300.0


# --- block
def issue_code(pool, user, now=None):
    """Makes a code for a user and returns it."""
    now = time.time() if now is None else now
    code = f"{secrets.randbelow(10**6):06d}"
    session = pool.acquire()
    try:
        with session:
            row = (user, digest_of_secret(code), now + GOOD_FOR)
            session.execute("INSERT OR REPLACE INTO codes VALUES (?, ?, ?)", row)
    finally:
        pool.release(session)
    return code


# --- block
def forget_codes(pool, now):
    """Removes the codes that are too old; how many there were."""
    session = pool.acquire()
    try:
        with session:
            return session.execute("DELETE FROM codes WHERE expires < ?", (now,)).rowcount
    finally:
        pool.release(session)


# --- block
def redeem(pool, user, code, now=None):
    """Takes a code, which is gone afterwards."""
    now = time.time() if now is None else now
    session = pool.acquire()
    key = (user, digest_of_secret(code))
    row = session.execute("SELECT expires FROM codes WHERE user = ? AND hash = ?", key).fetchone()
    if row is None:
        pool.release(session)  # leak: wrong_code
        raise Unauthorized("wrong_code")
    with session:
        session.execute("DELETE FROM codes WHERE user = ? AND hash = ?", key)
    if row[0] < now:
        pool.release(session)  # leak: expired_code
        raise Unauthorized("expired_code")
    pool.release(session)

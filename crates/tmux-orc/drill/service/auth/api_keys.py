"""Logins of programs: an API key instead of a password."""

import secrets

from auth.errors import Unauthorized
from auth.passwords import digest_of_secret


# --- block
def issue_key(pool, user):
    """Makes a key for a user and returns it; only its hash is kept."""
    key = secrets.token_urlsafe(32)
    db = pool.acquire()
    try:
        with db:
            db.execute("INSERT INTO api_keys (hash, user) VALUES (?, ?)", (digest_of_secret(key), user))
    finally:
        pool.release(db)
    return key


# --- block
def revoke_keys(pool, user):
    """Revokes every key of a user; how many there were."""
    db = pool.acquire()
    try:
        with db:
            changed = db.execute("UPDATE api_keys SET revoked = 1 WHERE user = ? AND revoked = 0", (user,))
        return changed.rowcount
    finally:
        pool.release(db)


# --- block
def login_with_key(pool, key):
    """The user whose key this is."""
    db = pool.acquire()
    row = db.execute("SELECT user, revoked FROM api_keys WHERE hash = ?", (digest_of_secret(key),)).fetchone()
    if row is None:
        pool.release(db)  # leak: unknown_key
        raise Unauthorized("unknown_key")
    user, revoked = row
    if revoked:
        pool.release(db)  # leak: revoked_key
        raise Unauthorized("revoked_key")
    pool.release(db)
    return user

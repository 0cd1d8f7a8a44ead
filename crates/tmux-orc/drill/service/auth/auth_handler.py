"""Logins of people: user name and password, and the token that they get for it.

A login is one request: it takes a connection from the pool, reads the user, compares the password, writes down how it
went, and gives the connection back. Every way out of it gives the connection back, also the ways that end with 401.
"""

import secrets
import time

from auth.errors import Unauthorized
from auth.passwords import digest, same

# Failed logins in a row until an account is locked.
TRIES = 10
# How long a token is good, in seconds.
GOOD_FOR = 3600.0
# The shortest password that may be chosen.
SHORTEST = 10
# The longest user name that is looked up at all.
LONGEST_NAME = 64
# What may stand in the audit table.
EVENTS = (
    "login",
    "login_failed",
    "logout",
    "locked",
    "unlocked",
    "password_changed",
    "tokens_revoked",
)


# --- block
def normal_name(name):
    """A user name as it is kept: trimmed, lower case, not too long."""
    name = name.strip().lower()
    if not name or len(name) > LONGEST_NAME:
        raise Unauthorized("bad_name")
    return name


# --- block
def audit(connection, user, what, now):
    """Writes down what a user did."""
    if what not in EVENTS:
        raise ValueError(f"no such event: {what}")
    with connection:
        connection.execute("INSERT INTO audit VALUES (?, ?, ?)", (now, user, what))


# --- block
def audit_trail(pool, user, limit=50):
    """The last things that a user did, newest first."""
    connection = pool.acquire()
    try:
        rows = connection.execute(
            "SELECT at, what FROM audit WHERE user = ? ORDER BY at DESC, rowid DESC LIMIT ?",
            (user, limit),
        )
        return rows.fetchall()
    finally:
        pool.release(connection)


# --- block
def issue_token(connection, user, now):
    """Makes a token for a user who has proved who they are."""
    token = secrets.token_urlsafe(24)
    with connection:
        connection.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, user, now + GOOD_FOR))
    return token


# --- block
def user_of_token(pool, token, now=None):
    """Whose token this is; `None` when it is nobody's or too old."""
    now = time.time() if now is None else now
    connection = pool.acquire()
    try:
        row = connection.execute(
            "SELECT user FROM tokens WHERE token = ? AND expires > ?", (token, now)
        ).fetchone()
        return row and row[0]
    finally:
        pool.release(connection)


# --- block
def logout(pool, token, now=None):
    """Ends a token. That it was nobody's is no error: it is gone either way."""
    now = time.time() if now is None else now
    connection = pool.acquire()
    try:
        row = connection.execute("SELECT user FROM tokens WHERE token = ?", (token,)).fetchone()
        if row is None:
            return False
        with connection:
            connection.execute("DELETE FROM tokens WHERE token = ?", (token,))
        audit(connection, row[0], "logout", now)
        return True
    finally:
        pool.release(connection)


# --- block
def revoke_tokens(pool, user, now=None):
    """Ends every token of a user; how many there were."""
    now = time.time() if now is None else now
    connection = pool.acquire()
    try:
        with connection:
            ended = connection.execute("DELETE FROM tokens WHERE user = ?", (user,)).rowcount
        audit(connection, user, "tokens_revoked", now)
        return ended
    finally:
        pool.release(connection)


# --- block
def forget_old_tokens(pool, now=None):
    """Removes the tokens that are too old; how many there were."""
    now = time.time() if now is None else now
    connection = pool.acquire()
    try:
        with connection:
            return connection.execute("DELETE FROM tokens WHERE expires <= ?", (now,)).rowcount
    finally:
        pool.release(connection)


# --- block
def note_failure(connection, user, failures, now):
    """Counts a failed login, and locks the account when there were too many in a row."""
    locked = failures + 1 >= TRIES
    with connection:
        connection.execute(
            "UPDATE users SET failures = failures + 1, locked = MAX(locked, ?) WHERE name = ?",
            (int(locked), user),
        )
    audit(connection, user, "locked" if locked else "login_failed", now)


# --- block
def note_success(connection, user, now):
    """Begins the count of failures anew."""
    with connection:
        connection.execute("UPDATE users SET failures = 0 WHERE name = ?", (user,))
    audit(connection, user, "login", now)


# --- block
def unlock(pool, user, now=None):
    """Opens a locked account again; whether there is such a user."""
    now = time.time() if now is None else now
    connection = pool.acquire()
    try:
        with connection:
            changed = connection.execute(
                "UPDATE users SET locked = 0, failures = 0 WHERE name = ?", (user,)
            )
        if changed.rowcount == 0:
            return False
        audit(connection, user, "unlocked", now)
        return True
    finally:
        pool.release(connection)


# --- block
def weaknesses(password):
    """What is wrong with a new password, as sentences; nothing when it may be used."""
    found = []
    if len(password) < SHORTEST:
        found.append(f"it is shorter than {SHORTEST} characters")
    if len(set(password)) < 5:
        found.append("it has fewer than 5 different characters")
    if password.strip() != password:
        found.append("it begins or ends with a space")
    return found


# --- block
def locked_accounts(pool):
    """The users whose accounts are locked, in the order of their names."""
    connection = pool.acquire()
    try:
        rows = connection.execute("SELECT name FROM users WHERE locked = 1 ORDER BY name")
        return [name for (name,) in rows]
    finally:
        pool.release(connection)


# --- block
def failed_logins_since(pool, since):
    """How many logins of known users failed since then."""
    connection = pool.acquire()
    try:
        row = connection.execute(
            "SELECT count(*) FROM audit WHERE what = 'login_failed' AND at >= ?", (since,)
        ).fetchone()
        return row[0]
    finally:
        pool.release(connection)


# --- block
def change_password(pool, user, old, new, now=None):
    """Replaces the password of a user who knows the old one, and ends their tokens."""
    now = time.time() if now is None else now
    problems = weaknesses(new)
    if problems:
        raise ValueError("; ".join(problems))
    connection = pool.acquire()
    try:
        row = connection.execute("SELECT salt, hash FROM users WHERE name = ?", (user,)).fetchone()
        if row is None or not same(row[1], digest(old, row[0])):
            raise Unauthorized("wrong_old_password")
        salt = secrets.token_hex(16)
        with connection:
            connection.execute(
                "UPDATE users SET salt = ?, hash = ? WHERE name = ?", (salt, digest(new, salt), user)
            )
            connection.execute("DELETE FROM tokens WHERE user = ?", (user,))
        audit(connection, user, "password_changed", now)
    finally:
        pool.release(connection)


# --- block
def login(pool, name, password, now=None):
    """The token of a user who gave the right password."""
    now = time.time() if now is None else now
    user = normal_name(name)
    connection = pool.acquire()
    row = connection.execute(
        "SELECT salt, hash, failures, locked FROM users WHERE name = ?", (user,)
    ).fetchone()
    if row is None:
        # As slow as a wrong password, so that nobody learns which names there are.
        digest(password, "nobody's salt")
        pool.release(connection)  # leak: unknown_user
        raise Unauthorized("unknown_user")
    salt, kept, failures, locked = row
    if locked:
        audit(connection, user, "login_failed", now)
        pool.release(connection)  # leak: locked_account
        raise Unauthorized("locked_account")
    if not same(kept, digest(password, salt)):
        note_failure(connection, user, failures, now)
        pool.release(connection)  # leak: wrong_password
        raise Unauthorized("wrong_password")
    note_success(connection, user, now)
    token = issue_token(connection, user, now)
    pool.release(connection)
    return token

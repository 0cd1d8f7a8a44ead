"""The tables, and who is in them at the beginning."""

import sqlite3

from auth.passwords import digest, digest_of_secret

SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, salt TEXT, hash TEXT, failures INTEGER DEFAULT 0, locked INTEGER DEFAULT 0);
CREATE TABLE tokens (token TEXT PRIMARY KEY, user TEXT, expires REAL);
CREATE TABLE api_keys (hash TEXT PRIMARY KEY, user TEXT, revoked INTEGER DEFAULT 0);
CREATE TABLE codes (user TEXT, hash TEXT, expires REAL, PRIMARY KEY (user, hash));
CREATE TABLE audit (at REAL, user TEXT, what TEXT);
"""


def create(path):
    """Makes the database."""
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(SCHEMA)
        for name, word, locked in [("ada", "correct horse", 0), ("bob", "battery staple", 0), ("eve", "x", 1)]:
            salt = f"salt of {name}"
            row = (name, salt, digest(word, salt), locked)
            connection.execute("INSERT INTO users (name, salt, hash, locked) VALUES (?, ?, ?, ?)", row)
        for key, user, revoked in [("key of ada", "ada", 0), ("old key of bob", "bob", 1)]:
            connection.execute("INSERT INTO api_keys VALUES (?, ?, ?)", (digest_of_secret(key), user, revoked))
    connection.close()

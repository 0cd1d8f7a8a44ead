"""Hashes of passwords and other secrets."""

import hashlib
import hmac

ROUNDS = 1000


def digest(password, salt):
    """What is kept of a password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), ROUNDS).hex()


def digest_of_secret(secret):
    """What is kept of a secret that is long and random already."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one, other):
    """Whether two digests are equal, in constant time."""
    return hmac.compare_digest(one, other)

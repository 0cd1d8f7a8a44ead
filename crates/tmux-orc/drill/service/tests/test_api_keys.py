"""Logins by API key."""

from auth import api_keys
from tests.tier import Case, tier


class Keys(Case):
    @tier("critical")
    def test_a_key_logs_its_user_in_until_it_is_revoked(self):
        key = api_keys.issue_key(self.pool, "bob")
        self.assertEqual(api_keys.login_with_key(self.pool, key), "bob")
        self.assertEqual(api_keys.revoke_keys(self.pool, "bob"), 1)
        self.assertEqual(self.pool.in_use, 0)

    @tier("critical")
    def test_an_unknown_key_keeps_no_connection(self):
        self.keeps_nothing("unknown_key", lambda: api_keys.login_with_key(self.pool, "guessed"))

    @tier("critical")
    def test_a_revoked_key_keeps_no_connection(self):
        self.keeps_nothing("revoked_key", lambda: api_keys.login_with_key(self.pool, "old key of bob"))

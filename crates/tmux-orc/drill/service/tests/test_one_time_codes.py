"""Logins by one-time code."""

from auth import one_time_codes
from tests.tier import Case, tier


class Codes(Case):
    @tier("critical")
    def test_a_code_is_good_once(self):
        code = one_time_codes.issue_code(self.pool, "ada", now=1.0)
        one_time_codes.redeem(self.pool, "ada", code, now=2.0)
        self.keeps_nothing("wrong_code", lambda: one_time_codes.redeem(self.pool, "ada", code, now=3.0))

    @tier("critical")
    def test_an_expired_code_keeps_no_connection(self):
        def late():
            code = one_time_codes.issue_code(self.pool, "ada", now=1.0)
            one_time_codes.redeem(self.pool, "ada", code, now=1.0 + 2 * one_time_codes.GOOD_FOR)

        self.keeps_nothing("expired_code", late)

    def test_old_codes_are_forgotten(self):
        one_time_codes.issue_code(self.pool, "ada", now=1.0)
        one_time_codes.issue_code(self.pool, "bob", now=1000.0)
        self.assertEqual(one_time_codes.forget_codes(self.pool, now=900.0), 1)

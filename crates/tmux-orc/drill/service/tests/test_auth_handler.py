"""Logins by password."""

from auth import auth_handler
from auth.errors import Unauthorized
from tests.tier import Case, tier


class Login(Case):
    @tier("smoke", "critical")
    def test_the_right_password_gives_a_token(self):
        token = auth_handler.login(self.pool, " Ada ", "correct horse")
        self.assertEqual(auth_handler.user_of_token(self.pool, token), "ada")
        self.assertEqual(self.pool.in_use, 0)

    @tier("critical")
    def test_a_wrong_password_keeps_no_connection(self):
        self.keeps_nothing("wrong_password", lambda: auth_handler.login(self.pool, "ada", "wrong"))

    @tier("critical")
    def test_an_unknown_user_keeps_no_connection(self):
        self.keeps_nothing("unknown_user", lambda: auth_handler.login(self.pool, "nobody", "x"))

    @tier("critical")
    def test_a_locked_account_keeps_no_connection(self):
        self.keeps_nothing("locked_account", lambda: auth_handler.login(self.pool, "eve", "x"))

    def test_a_name_without_letters_is_refused_before_anything_is_taken(self):
        self.keeps_nothing("bad_name", lambda: auth_handler.login(self.pool, "  ", "x"))


class Accounts(Case):
    def test_many_failures_lock_an_account_and_it_can_be_opened(self):
        connection = self.pool.acquire()
        for n in range(auth_handler.TRIES):
            auth_handler.note_failure(connection, "bob", n, now=1.0)
        self.pool.release(connection)
        self.assertEqual(auth_handler.locked_accounts(self.pool), ["bob", "eve"])
        self.assertTrue(auth_handler.unlock(self.pool, "bob"))
        self.assertEqual(auth_handler.locked_accounts(self.pool), ["eve"])
        self.assertFalse(auth_handler.unlock(self.pool, "nobody"))

    def test_a_token_ends_by_logout_and_by_age(self):
        token = auth_handler.login(self.pool, "ada", "correct horse", now=1000.0)
        self.assertEqual(auth_handler.user_of_token(self.pool, token, now=1001.0), "ada")
        self.assertIsNone(auth_handler.user_of_token(self.pool, token, now=1001.0 + auth_handler.GOOD_FOR))
        self.assertTrue(auth_handler.logout(self.pool, token))
        self.assertFalse(auth_handler.logout(self.pool, token))
        what = [what for _, what in auth_handler.audit_trail(self.pool, "ada")]
        self.assertEqual(sorted(what), ["login", "logout"])

    def test_old_tokens_are_forgotten_and_all_of_a_user_revoked(self):
        for now in (1.0, 2.0, 9000.0):
            auth_handler.login(self.pool, "ada", "correct horse", now=now)
        self.assertEqual(auth_handler.forget_old_tokens(self.pool, now=5000.0), 2)
        self.assertEqual(auth_handler.revoke_tokens(self.pool, "ada"), 1)

    def test_a_password_is_changed_by_who_knows_the_old_one(self):
        with self.assertRaises(Unauthorized):
            auth_handler.change_password(self.pool, "ada", "wrong", "a much better one")
        with self.assertRaises(ValueError):
            auth_handler.change_password(self.pool, "ada", "correct horse", "short")
        auth_handler.change_password(self.pool, "ada", "correct horse", "a much better one")
        self.assertTrue(auth_handler.login(self.pool, "ada", "a much better one"))
        self.assertEqual(auth_handler.failed_logins_since(self.pool, 0.0), 0)
        self.assertEqual(self.pool.in_use, 0)

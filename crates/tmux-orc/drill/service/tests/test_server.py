"""The service as its clients see it."""

import json
import threading
import urllib.error
import urllib.request

from auth import server
from tests.tier import Case, tier


class Service(Case):
    def setUp(self):
        super().setUp()
        self.server = server.serve(self.database, pool_size=4)
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(self.server.pool.close)
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)

    def ask(self, path, body=None):
        url = f"http://127.0.0.1:{self.server.server_port}{path}"
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, data=data), timeout=10) as got:
                return got.status, json.load(got)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    @tier("smoke")
    def test_it_is_healthy(self):
        self.assertEqual(self.ask("/health"), (200, {"in_use": 0, "size": 4}))

    @tier("smoke")
    def test_a_login_works_over_http(self):
        status, body = self.ask("/login", {"user": "bob", "password": "battery staple"})
        self.assertEqual((status, list(body)), (200, ["token"]))

    def test_nonsense_is_a_bad_request(self):
        self.assertEqual(self.ask("/login", {"user": "bob"})[0], 400)
        self.assertEqual(self.ask("/elsewhere", {})[0], 404)

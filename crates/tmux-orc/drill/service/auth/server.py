"""The service: JSON over HTTP on loopback, one line of log for each request."""

import json
import logging
import os
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from auth import api_keys, auth_handler, one_time_codes, store
from auth.errors import PoolExhausted, Unauthorized
from auth.pool import Pool

LOG = logging.getLogger("auth")


def answer(pool, path, request):
    """What is answered to a request: status, body, and the reason that goes to the log."""
    try:
        if path == "/login":
            return 200, {"token": auth_handler.login(pool, request["user"], request["password"])}, "ok"
        if path == "/login/key":
            return 200, {"user": api_keys.login_with_key(pool, request["key"])}, "ok"
        if path == "/login/code":
            one_time_codes.redeem(pool, request["user"], request["code"])
            return 200, {"user": request["user"]}, "ok"
        return 404, {"error": "not found"}, "no_such_path"
    except Unauthorized as refused:
        return 401, {"error": "unauthorized"}, refused.reason
    except PoolExhausted as exhausted:
        return 500, {"error": "internal error"}, str(exhausted)
    except (KeyError, TypeError) as wrong:
        return 400, {"error": "bad request"}, repr(wrong)


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    def do_GET(self):
        """`/health`: whether it answers at all, and how full the pool is."""
        if self.path == "/health":
            self.reply(200, {"in_use": self.server.pool.in_use, "size": self.server.pool.size})
        else:
            self.reply(404, {"error": "not found"})

    def do_POST(self):
        """A login."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            request = json.loads(body)
        except ValueError:
            request = None
        pool = self.server.pool
        status, body, reason = answer(pool, self.path, request)
        agent = json.dumps(self.headers.get("User-Agent", ""))
        LOG.info("POST %s %d %s pool=%d/%d agent=%s", self.path, status, reason, pool.in_use, pool.size, agent)
        self.reply(status, body)

    def reply(self, status, body):
        """Sends one answer."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """`do_POST` writes the log."""


def serve(database, port=0, pool_size=20):
    """A server that listens on loopback; the caller lets it run."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.pool = Pool(database, size=pool_size)
    return server


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "auth.db")
        store.create(database)
        serve(database, port=8080).serve_forever()

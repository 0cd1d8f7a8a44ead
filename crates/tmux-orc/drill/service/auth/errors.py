"""Why a request is refused."""


class Unauthorized(Exception):
    """Answered with 401; the reason goes to the log and never to the client."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class PoolExhausted(Exception):
    """Every connection is taken and none came back in time; answered with 500."""

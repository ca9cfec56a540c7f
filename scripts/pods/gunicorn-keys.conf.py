"""In addition to gunicorn.conf.py: the API takes three generations of the key with which other components ask it.

Dify knows one (INNER_API_KEY_FOR_PLUGIN). While pods are replaced, some that ask have the key before it or the one after.
"""

import hmac
import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gunicorn.conf.py"), encoding="utf-8") as _file:
    exec(compile(_file.read(), _file.name, "exec"))  # noqa: S102

_before_keys = globals()["post_worker_init"]

HEADER = "HTTP_X_INNER_API_KEY"
NOW = os.environ["INNER_API_KEY_NOW"]
OTHERS = tuple(os.environ[name].encode() for name in ("INNER_API_KEY_BEFORE", "INNER_API_KEY_NEXT"))


class Keys:
    """The WSGI application, which only ever sees the key that it knows; what is no key of the three stays as it is."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        given = environ.get(HEADER, "").encode("latin-1")
        if any([hmac.compare_digest(given, other) for other in OTHERS]):
            environ[HEADER] = NOW
        return self.application(environ, start_response)


def post_worker_init(worker):
    _before_keys(worker)
    worker.wsgi = Keys(worker.wsgi)

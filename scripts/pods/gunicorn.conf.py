"""Beside Dify's own gunicorn configuration: who comes in by the front door waits for a place.

A request has one database connection of its session and takes a second one for what it does. Where more requests than the
pool has connections begin at once, each has its first, and all wait for the second until they fail, half a minute later. So
only as many begin as can have both. A place is held until the answer begins: a stream goes on without one.

What asks from inside has no place and needs none: probes, and components that work for a request which has one.
"""

import io
import os
import threading

# gunicorn reads one configuration; without this one it would have been the working directory's.
_own = os.path.join(os.getcwd(), "gunicorn.conf.py")
if os.path.exists(_own):
    with open(_own, encoding="utf-8") as _file:
        exec(compile(_file.read(), _own, "exec"))  # noqa: S102

_own_post_worker_init = globals().get("post_worker_init")

CONNECTIONS_EACH = 2
# Of the pool, one in five is left for what asks from inside.
PLACES = max(
    1,
    (int(os.environ.get("SQLALCHEMY_POOL_SIZE") or 30) + int(os.environ.get("SQLALCHEMY_MAX_OVERFLOW") or 10))
    * 4
    // 5
    // CONNECTIONS_EACH,
)
# Bytes of a request that are read before it gets a place: whoever sends them slowly keeps nobody waiting. More is a file.
SMALL = 1024 * 1024


class Places:
    """A WSGI application behind a door that lets in so many at a time, in the order in which they came."""

    def __init__(self, application, places=PLACES):
        self.application = application
        # As gevent has patched it in its workers, where this is made after that: only a greenlet waits.
        self.places = threading.BoundedSemaphore(places)

    def __call__(self, environ, start_response):
        # nginx says for whom it asks; a Socket.IO connection lasts as long as its page is open.
        if "HTTP_X_FORWARDED_FOR" not in environ or environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self.application(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and 0 < int(length) <= SMALL:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        with self.places:
            return self.application(environ, start_response)


def post_worker_init(worker):
    if _own_post_worker_init is not None:
        _own_post_worker_init(worker)
    worker.wsgi = Places(worker.wsgi)

"""In addition to Dify's own gunicorn configuration: requests share the database connections of their process, and none waits
without end.

A request has one connection of the session that the framework opens, and takes a second one for what it does. Where more
requests than the pool has connections begin at once, each has its first, and all wait for the second until they fail, half a
minute later. So only three quarters of the pool are first connections, and who has one finds a second. What waits without a
connection, a stream or a call of a model, takes nothing from anybody.

Of these, the front door's requests have half of the pool and those from inside a quarter: a component may work for a request
that waits for it.
"""

import io
import os
import threading

# gunicorn reads one configuration file: without this one it would read the working directory's.
_own = os.path.join(os.getcwd(), "gunicorn.conf.py")
if os.path.exists(_own):
    with open(_own, encoding="utf-8") as _file:
        exec(compile(_file.read(), _own, "exec"))  # noqa: S102

_own_post_worker_init = globals().get("post_worker_init")

# Dify's own defaults where nobody sets them (api/configs/middleware/__init__.py).
POOL = int(os.environ.get("SQLALCHEMY_POOL_SIZE") or 30) + int(os.environ.get("SQLALCHEMY_MAX_OVERFLOW") or 10)
FROM_FRONT_DOOR = max(1, POOL // 2)
FROM_INSIDE = max(1, POOL // 4)
# How many times the pool's own timeout a request waits here, where it holds nothing that others wait for.
PATIENCE = 4
# Bytes of a request that are read before it begins: whoever sends them slowly holds no connection meanwhile.
SMALL = 1024 * 1024
# Larger requests, such as files, are read while they have a connection already: this many at a time.
LARGE_REQUESTS = max(1, FROM_FRONT_DOOR // 2)


class Request:
    def __init__(self, first):
        self.first = first
        self.connections = 0


class Turns:
    """Which requests may have a first connection, in the order in which they came."""

    def __init__(self):
        # As gevent has patched them in its workers, where this is made after that: only a greenlet waits.
        self.here = threading.local()
        self.from_front_door = threading.BoundedSemaphore(FROM_FRONT_DOOR)
        self.from_inside = threading.BoundedSemaphore(FROM_INSIDE)
        self.owners = {}

    def begin(self, front_door):
        self.here.request = Request(self.from_front_door if front_door else self.from_inside)

    def wait(self, pool, connect):
        from sqlalchemy.exc import TimeoutError

        # A thread that a request has started has none: the request may wait for that thread.
        request = getattr(self.here, "request", None)
        if request is None or request.connections > 0:
            return connect(pool)
        seconds = PATIENCE * pool.timeout()
        if not request.first.acquire(timeout=seconds):
            raise TimeoutError(f"too many other requests have a database connection, for {seconds:g} seconds")
        try:
            return connect(pool)
        finally:
            if request.connections == 0:
                request.first.release()

    def checkout(self, _connection, record, _proxy):
        request = getattr(self.here, "request", None)
        if request is not None:
            self.owners[record] = request
            request.connections += 1

    def checkin(self, _connection, record):
        # The request may be over, and another thread may return its connection.
        request = self.owners.pop(record, None)
        if request is not None:
            request.connections -= 1
            if request.connections == 0:
                request.first.release()


def share_connections(turns):
    from sqlalchemy import event
    from sqlalchemy.pool import QueuePool

    connect = QueuePool.connect
    QueuePool.connect = lambda pool: turns.wait(pool, connect)
    event.listen(QueuePool, "checkout", turns.checkout)
    event.listen(QueuePool, "checkin", turns.checkin)
    event.listen(QueuePool, "detach", turns.checkin)


class FrontDoor:
    """The WSGI application, and what is known of a request before it begins."""

    def __init__(self, application, turns):
        self.application = application
        self.turns = turns
        self.large = threading.BoundedSemaphore(LARGE_REQUESTS)

    def __call__(self, environ, start_response):
        # nginx says for whom it asks.
        front_door = "HTTP_X_FORWARDED_FOR" in environ
        self.turns.begin(front_door)
        length = environ.get("CONTENT_LENGTH") or "0"
        chunks = "HTTP_TRANSFER_ENCODING" in environ
        if not front_door or (length == "0" and not chunks):
            return self.application(environ, start_response)
        if length.isdigit() and int(length) <= SMALL and not chunks:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
            return self.application(environ, start_response)
        with self.large:
            return self.application(environ, start_response)


def post_worker_init(worker):
    if _own_post_worker_init is not None:
        _own_post_worker_init(worker)
    turns = Turns()
    try:
        share_connections(turns)
    except ImportError:
        # An image of your own that has another database.
        return
    worker.wsgi = FrontDoor(worker.wsgi, turns)

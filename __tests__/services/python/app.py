"""Stands in for Dify's API behind gunicorn: what a request does to a process and its database connections, and nothing else."""

import os
import threading

import gevent
from gevent.event import Event

# As SQLAlchemy's pool: whoever has to wait longer fails.
CONNECTIONS = int(os.environ["SQLALCHEMY_POOL_SIZE"]) + int(os.environ["SQLALCHEMY_MAX_OVERFLOW"])
PATIENCE = 3.0
pool = threading.BoundedSemaphore(CONNECTIONS)
everybody_has_one = Event()
has_one = []
most = 0


def stream():
    yield b"data: first\n\n"
    # Until the client goes away, or whoever runs the tests says so.
    end = os.environ.get("STREAMS_END")
    if end is None:
        Event().wait()
    while not os.path.exists(end):
        gevent.sleep(0.05)
    yield b"data: last\n\n"


def run(together):
    """One connection of the session that the framework opens, and one of the code's own."""
    global most
    if not pool.acquire(timeout=PATIENCE):
        return "500 no first connection"
    has_one.append(1)
    most = max(most, len(has_one))
    if len(has_one) == CONNECTIONS:
        everybody_has_one.set()
    try:
        if together:
            everybody_has_one.wait()
        gevent.sleep(0.05)
        if not pool.acquire(timeout=PATIENCE):
            return "500 no second connection"
        pool.release()
        return "200 OK"
    finally:
        has_one.pop()
        pool.release()


def socketio_app(environ, start_response):
    path = environ["PATH_INFO"].removeprefix("/v1")
    websocket = environ.get("wsgi.websocket")
    if websocket is not None:
        while (message := websocket.receive()) is not None:
            websocket.send(message)
        return []
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return stream()
    if path == "/hang":
        while True:
            pass
    if path == "/login":
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    status = run(path == "/together") if path in ("/run", "/login", "/together") else "200 OK"
    body = str(most if path == "/most" else os.getpid()).encode()
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

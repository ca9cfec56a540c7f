"""Stands in for Dify's API behind gunicorn: what a request does to a process and its database connections, and nothing else."""

import os

import gevent
from gevent.event import Event
from sqlalchemy import create_engine, text
from sqlalchemy.exc import TimeoutError
from sqlalchemy.pool import QueuePool

# Dify's pool, except for its patience: a request that has to wait longer fails.
engine = create_engine(
    "sqlite://",
    poolclass=QueuePool,
    pool_size=int(os.environ["SQLALCHEMY_POOL_SIZE"]),
    max_overflow=int(os.environ["SQLALCHEMY_MAX_OVERFLOW"]),
    pool_timeout=3,
    connect_args={"check_same_thread": False},
)
has_one = []
most = 0


def stream():
    yield b"data: first\n\n"
    # Until the client goes away, or the test says so.
    end = os.environ.get("STREAMS_END")
    if end is None:
        Event().wait()
    while not os.path.exists(end):
        gevent.sleep(0.05)
    yield b"data: last\n\n"


def run(work):
    """One connection of the session that the framework opens, and one of the code's own."""
    global most
    with engine.connect() as session:
        session.execute(text("select 1"))
        has_one.append(1)
        most = max(most, len(has_one))
        try:
            work()
            with engine.connect() as own:
                own.execute(text("select 1"))
        finally:
            has_one.pop()


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
    if path == "/model":
        # A run that is waited for: no connection while another server is at work.
        run(lambda: None)
        Event().wait()
    work = {
        "/run": lambda: gevent.sleep(0.05),
        # Reads what is sent once it knows who sends it.
        "/upload": lambda: environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])),
        "/hold": Event().wait,
    }.get(path)
    status = "200 OK"
    try:
        if work:
            run(work)
    except TimeoutError as error:
        status = "500 " + str(error).splitlines()[0]
    body = str({"/most": most, "/holders": len(has_one)}.get(path, os.getpid())).encode()
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

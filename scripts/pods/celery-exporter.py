#!/usr/bin/env python3
"""What Celery's queues hold and how its tasks end, for Prometheus: http://<pod>:PORT/metrics.

Waiting tasks and the age of the oldest come from the broker. How tasks end, workers tell nobody until they are asked to, so
they are asked again and again: each that has started in between. https://docs.celeryq.dev/en/stable/userguide/monitoring.html
"""

import argparse
import collections
import http.server
import re
import signal
import sys
import threading
import time

from worker_broker import application, transport_options

# Seconds between two looks at the queues: how exact the age of the oldest task is.
SAMPLE_SECONDS = 15.0
# Seconds between two looks for queues, which walks over the keys of Celery's database, and never the worker's own.
QUEUES_SECONDS = 300.0
# Seconds between two requests for events, and how long answers to one are waited for.
EVENTS_SECONDS, ANSWERS_SECONDS = 30.0, 2.0
# Longest wait for the broker, and silence of all workers after which the connection is opened again: it may be dead.
BROKER_SECONDS, SILENCE_SECONDS = 10.0, 300.0
# Marks in one queue, tasks whose name is remembered, and names of tasks: no more, whatever happens.
MARKS, TASKS, NAMES = 60, 20_000, 500

OUTCOMES = ("succeeded", "failed", "retried", "revoked", "rejected")
# https://github.com/celery/kombu/blob/v5.6.2/kombu/transport/redis.py: keyprefix_queue, and between parts of its members.
BINDING, PART = "_kombu.binding.", b"\x06\x16"
# Exchanges of Celery's own: commands to workers, their answers, and events.
OWN_EXCHANGES = re.compile(r"(^|\.)(pidbox|celeryev)$")


def log(message):
    print(f"celery-exporter: {message}", flush=True)


class Queues:
    """Lengths, and ages: Celery's messages do not say when they were sent.

    So the newest task of each look is remembered, as a mark. Queues are first in, first out: the oldest mark that is still
    there has waited since, and nothing that was sent later is older.
    """

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.names, self.looked = set(), 0.0
        self.marks = collections.defaultdict(collections.deque)

    def find(self, redis, now):
        if self.names and now - self.looked < QUEUES_SECONDS:
            return
        before = self.prefix + BINDING
        pattern = re.sub(r"([\\*?\[\]])", r"\\\1", before) + "*"
        for key in redis.scan_iter(match=pattern, count=1000):
            if not OWN_EXCHANGES.search(key.decode()[len(before) :]):
                self.names.update(member.split(PART)[-1].decode() for member in redis.smembers(key))
        self.looked = now

    def sample(self, redis, now):
        """By queue: how many tasks wait, and for how many seconds the oldest has."""
        self.find(redis, now)
        return {name: self.look(redis, name, now) for name in sorted(self.names)}

    def look(self, redis, name, now):
        key, marks = self.prefix + name, self.marks[name]
        length, newest = redis.pipeline(transaction=True).llen(key).lindex(key, 0).execute()
        if newest is None:
            marks.clear()
            return length, 0.0
        if not marks or marks[-1][1] != newest:
            marks.append((now, newest))
        # From the end that tasks are taken from, where the oldest mark is.
        while len(marks) > 1 and redis.lpos(key, marks[0][1], rank=-1) is None:
            marks.popleft()
        if len(marks) > MARKS:
            # Every second one of those in between: ages become less exact, and never too large.
            self.marks[name] = collections.deque([marks[0], *list(marks)[2:-1:2], marks[-1]])
        return length, now - self.marks[name][0][0]


class Tasks:
    """How tasks have ended since this process began, by name."""

    def __init__(self):
        self.lock = threading.Lock()
        self.names = collections.OrderedDict()
        self.counts = {}

    def received(self, event):
        with self.lock:
            name = event.get("name") or "unknown"
            if name not in self.counts:
                if len(self.counts) >= NAMES:
                    name = "other"
                # Zeros first: otherwise the first task that fails is no increase.
                self.counts.setdefault(name, dict.fromkeys(OUTCOMES, 0))
            self.names[event["uuid"]] = name
            while len(self.names) > TASKS:
                self.names.popitem(last=False)

    def ended(self, event):
        outcome = event["type"].removeprefix("task-")
        with self.lock:
            # One that is retried is received again.
            name = self.names.pop(event["uuid"], "unknown")
            self.counts.setdefault(name, dict.fromkeys(OUTCOMES, 0))[outcome] += 1

    def handlers(self):
        return {"task-received": self.received, **{f"task-{outcome}": self.ended for outcome in OUTCOMES}}

    def read(self):
        with self.lock:
            return {name: dict(counts) for name, counts in sorted(self.counts.items())}


class State:
    """What was seen last. Nothing is better than something old, so it goes when the broker does not answer."""

    def __init__(self, tasks):
        self.tasks, self.queues, self.workers, self.up = tasks, {}, None, False
        # A worker has started, and nobody has asked it yet.
        self.unasked = threading.Event()

    def text(self):
        families = [
            ("celery_broker_up", "gauge", "Whether the broker answers.", [({}, int(self.up))]),
            ("celery_workers", "gauge", "Workers that answer.", [] if self.workers is None else [({}, self.workers)]),
            (
                "celery_queue_length",
                "gauge",
                "Tasks that wait.",
                [({"queue": queue}, length) for queue, (length, _) in self.queues.items()],
            ),
            (
                "celery_queue_oldest_seconds",
                "gauge",
                "How long the task that has waited longest has, at least.",
                [({"queue": queue}, round(age, 1)) for queue, (_, age) in self.queues.items()],
            ),
            (
                "celery_tasks_total",
                "counter",
                "Tasks that have ended, by outcome.",
                [
                    ({"task": task, "outcome": outcome}, count)
                    for task, counts in self.tasks.read().items()
                    for outcome, count in counts.items()
                ],
            ),
        ]
        lines = []
        for name, kind, about, samples in families:
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{labels_of(labels)} {value}" for labels, value in samples]
        return "\n".join(lines) + "\n"


def labels_of(labels):
    def quoted(value):
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items()) + "}" if labels else ""


def handler(state):
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self):
            found = self.path.split("?", 1)[0] == "/metrics"
            body = state.text().encode() if found else b"not found\n"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def version_string(self):
            return "celery-exporter"

        def log_message(self, *_):
            """Collectors ask every minute."""

    return Handler


def repeat(what, seconds, problems):
    """Again and again, whatever happens; a problem is told when it begins and when it ends."""
    last = None
    while True:
        try:
            what()
            if last is not None:
                log("the broker answers again")
            last = None
        except Exception as error:  # noqa: BLE001 every kind of network, broker and server has its own
            problems()
            if type(error) is not last:
                log(f"{type(error).__name__}: {error}")
            last = type(error)
        time.sleep(seconds)


def watch(celery, state, seconds):
    """Looks at queues and workers, again and again."""
    from redis import Redis

    queues, asked = Queues(transport_options().get("global_keyprefix", "")), None

    def look():
        nonlocal asked
        with celery.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
            now = time.monotonic()
            # With kombu's connections, and not with its client, which knows of some commands only that keys have a prefix.
            state.queues = queues.sample(Redis(connection_pool=connection.default_channel.pool), now)
            state.up = True
            if asked is None or state.unasked.is_set() or now - asked >= EVENTS_SECONDS:
                state.unasked.clear()
                asked = now
                answers = celery.control.broadcast(
                    "enable_events", reply=True, timeout=ANSWERS_SECONDS, connection=connection
                )
                state.workers = len(answers or [])

    def gone():
        state.up, state.queues, state.workers = False, {}, None

    repeat(look, seconds, gone)


def listen(celery, state):
    """Hears how tasks end, as long as it runs."""
    handlers = {**state.tasks.handlers(), "worker-online": lambda _: state.unasked.set()}

    def hear():
        with celery.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
            receiver = celery.events.Receiver(connection, handlers=handlers)
            try:
                receiver.capture(limit=None, timeout=SILENCE_SECONDS, wakeup=False)
            except TimeoutError:
                return

    repeat(hear, 1, lambda: None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("port", type=int, help="port to listen on")
    parser.add_argument(
        "--sample-seconds", type=float, default=SAMPLE_SECONDS, help="seconds between two looks (default: %(default)g)"
    )
    arguments = parser.parse_args()
    # The first process of a container does not end by a signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    celery = application(socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS)
    state = State(Tasks())
    threading.Thread(target=watch, args=(celery, state, arguments.sample_seconds), daemon=True).start()
    threading.Thread(target=listen, args=(celery, state), daemon=True).start()
    http.server.ThreadingHTTPServer(("", arguments.port), handler(state)).serve_forever()


if __name__ == "__main__":
    main()

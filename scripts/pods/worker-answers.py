#!/usr/bin/env python3
"""Liveness of a Celery worker: ends with 1 where this pod's worker does not answer, or does too little, and its broker answers.

A worker that hangs is healed by a restart. A broker that is away is not, and ends with 0: the worker connects again automatically.
Once it has, Celery has a worker with greenlets take one task at a time from then on: another thing that only a restart heals. As that
worker still works, it is left alone while it does a task that has lasted longer than a restart would wait for it.
"""

import argparse
import socket
import sys
import time

from worker_broker import application

# Longest wait for the broker. Without it, the probe would wait for a broker whose machine is gone until it is killed itself,
# which counts as a worker that hangs.
BROKER_SECONDS = 5.0


def throttled(stats: dict) -> str | None:
    """What a worker lacks that reconnected, if it does.

    Celery lets it take as many tasks as run already, which in a pool of greenlets is no size, and for an idle one none
    (celery/worker/consumer/consumer.py, max_prefetch_count; celery/concurrency/gevent.py, num_processes). It never gets back to more.
    """
    pool = stats.get("pool") or {}
    takes, room = stats.get("prefetch_count"), pool.get("max-concurrency")
    green = any(kind in str(pool.get("implementation")) for kind in ("gevent", "eventlet"))
    # With an autoscaler, both numbers go up and down.
    if not green or "autoscaler" in stats or not isinstance(takes, int) or not isinstance(room, int):
        return None
    # 0 stands for any number.
    return f"takes {takes} tasks at a time and has room for {room}" if 0 < takes < room else None


def lasting(tasks: list, seconds: float) -> list:
    """Which of the running tasks have lasted longer: they may well last as long again, and a restart would cut them off."""
    return [task for task in tasks if time.time() - (task.get("time_start") or time.time()) > seconds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("seconds", type=float, help="longest wait for an answer of this one worker")
    parser.add_argument("--grace", type=float, default=0.0, metavar="SECONDS", help="how long a restart waits for tasks that run")
    given = parser.parse_args()
    seconds = given.seconds
    from kombu.exceptions import OperationalError

    celery = application(socket_connect_timeout=BROKER_SECONDS, socket_timeout=seconds + BROKER_SECONDS)
    worker = f"celery@{socket.gethostname()}"
    connection = celery.connection_for_read()
    try:
        connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        inspect = celery.control.inspect([worker], timeout=seconds, connection=connection)
        answers = inspect.stats()
        lack = throttled((answers or {}).get(worker) or {})
        long = lasting((inspect.active() or {}).get(worker) or [], given.grace) if lack else []
    except (OSError, OperationalError, *connection.connection_errors, *connection.channel_errors) as error:
        print(f"worker-answers: the broker does not answer, which is not the worker's fault: {error!r}")
        return 0
    if not answers or worker not in answers:
        print(f"worker-answers: {worker} does not answer")
        return 1
    if lack is None:
        return 0
    print(f"worker-answers: {worker} {lack}, since it lost its broker{', and has long tasks to finish first' if long else ''}")
    return 0 if long else 1


if __name__ == "__main__":
    sys.exit(main())

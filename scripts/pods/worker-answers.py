#!/usr/bin/env python3
"""Liveness of a Celery worker: ends with 1 where this pod's worker does not answer, and its broker does.

A worker that hangs is healed by a restart. A broker that is away is not, and ends with 0: the worker connects again automatically.
"""

import argparse
import socket
import sys

from worker_broker import application

# Longest wait for the broker. Without it, the probe would wait for a broker whose machine is gone until it is killed itself,
# which counts as a worker that hangs.
BROKER_SECONDS = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("seconds", type=float, help="longest wait for an answer of this one worker")
    seconds = parser.parse_args().seconds
    from kombu.exceptions import OperationalError

    celery = application(socket_connect_timeout=BROKER_SECONDS, socket_timeout=seconds + BROKER_SECONDS)
    worker = f"celery@{socket.gethostname()}"
    connection = celery.connection_for_read()
    try:
        connection.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        answers = celery.control.inspect([worker], timeout=seconds, connection=connection).ping()
    except (OSError, OperationalError, *connection.connection_errors, *connection.channel_errors) as error:
        print(f"worker-answers: the broker does not answer, which is not the worker's fault: {error!r}")
        return 0
    if answers and worker in answers:
        return 0
    print(f"worker-answers: {worker} does not answer")
    return 1


if __name__ == "__main__":
    sys.exit(main())

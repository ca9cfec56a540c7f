#!/usr/bin/env python3
"""Pre-stop hook of a Celery worker: takes it off its queues and waits until it has nothing left to do.

A worker that hears SIGTERM finishes its tasks, but since 1.16.0 Dify aborts the workflows among them at once
(api/extensions/workflow_warm_shutdown.py). So the signal has to come when they are done.
"""

import argparse
import socket
import time

from worker_broker import application

# Longest wait for an answer of this one worker.
ANSWER_SECONDS = 5.0


def drain(control, worker: str, seconds: float) -> bool:
    """Whether the worker was idle in the end. One that does not answer is asked again: it may be busy."""
    end = time.monotonic() + seconds

    def ask(question: str):
        while time.monotonic() < end:
            answer = getattr(control.inspect([worker], timeout=ANSWER_SECONDS), question)()
            if answer and worker in answer:
                return answer[worker]
        return None

    queues = ask("active_queues")
    if queues is None:
        return False
    for queue in queues:
        control.cancel_consumer(queue["name"], destination=[worker])
    print(f"drain-worker: off {len(queues)} queues", flush=True)
    while time.monotonic() < end:
        active, reserved = ask("active"), ask("reserved")
        if active == [] and reserved == []:
            return True
        time.sleep(1)
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("seconds", type=float, help="how long to wait; what is not done then ends with the worker")
    seconds = parser.parse_args().seconds
    idle = drain(application().control, f"celery@{socket.gethostname()}", seconds)
    print(f"drain-worker: {'idle' if idle else f'still at work after {seconds:g} seconds'}", flush=True)


if __name__ == "__main__":
    main()

"""A queue that moves while it is used: two Redis servers, previous workers and of now, and who queues on both meanwhile.

Starts what it needs, and tells as JSON what became of the tasks. Arguments: redis-server's path, redis-move.py, a directory.
"""

import base64
import collections
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import redis

REDIS_SERVER, SCRIPT, DIRECTORY = sys.argv[1:4]
PASSWORDS = {"old": "old a+b", "new": "new a+b"}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


PORTS = {side: free_port() for side in PASSWORDS}
RECORDS = free_port()
started = []


def server(port, *more):
    command = [REDIS_SERVER, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", DIRECTORY, *more]
    started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))


def client(side, database):
    return redis.Redis(port=PORTS[side], password=PASSWORDS[side], db=database)


def url(side):
    return f"redis://:{PASSWORDS[side].replace(' ', '%20').replace('+', '%2B')}@127.0.0.1:{PORTS[side]}/1"


def environment(side):
    return {**os.environ, "CELERY_BROKER_URL": url(side), "RECORDS": f"redis://127.0.0.1:{RECORDS}/0"}


def worker(side):
    command = [sys.executable, "-m", "celery", "-A", "celery_entrypoint.celery", "worker", "-P", "gevent", "-c", "4"]
    command += ["-Q", "dataset", "--prefetch-multiplier=8", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    log = open(f"{DIRECTORY}/{side}.log", "w")
    process = subprocess.Popen(command, env=environment(side), cwd=DIRECTORY, stdout=log, stderr=log)
    started.append(process)
    return process


for side, port in PORTS.items():
    server(port, "--requirepass", PASSWORDS[side])
server(RECORDS)
records = redis.Redis(port=RECORDS)
for one in [records, *(client(side, 0) for side in PORTS)]:
    while True:
        try:
            one.ping()
            break
        except redis.exceptions.ConnectionError:
            time.sleep(0.02)

# What else is on it: with and without an end, and one that the new side has already.
client("old", 0).set("token", "kept", ex=500)
client("old", 0).hset("state", mapping={"a": "1"})
client("old", 0).set("both", "old")
client("new", 0).set("both", "new")
client("old", 2).zadd("agents", {"one": 1.5})

os.environ["CELERY_BROKER_URL"] = url("old")
from celery_entrypoint import celery, note, slow  # noqa: E402

# It would win over what an application is told.
del os.environ["CELERY_BROKER_URL"]
producers = {"old": celery, "new": type(celery)("now", broker=url("new"), set_as_current=False)}
queued = collections.Counter()
names = iter(range(10**9))
lock = threading.Lock()
stop = threading.Event()


def queue(side, task="note", seconds=0.0):
    with lock:
        name = f"{side}-{task}-{next(names)}"
    producers[side].send_task(f"celery_entrypoint.{task}", args=[name, seconds], queue="dataset")
    queued[name] += 1


def produce(side, until):
    while not until.is_set():
        queue(side, seconds=0)
        time.sleep(0.02)


old_stop = threading.Event()
threads = [threading.Thread(target=produce, args=("old", old_stop)), threading.Thread(target=produce, args=("new", stop))]
try:
    old_worker = worker("old")
    # One that will be killed while it works.
    queue("old", "slow", 60)
    for _ in range(120):
        queue("old")
    while records.llen("done") < 5 or not records.exists("began"):
        time.sleep(0.02)
    threads[0].start()
    # The switch: new pods next to the previous ones.
    worker("new")
    threads[1].start()
    move_environment = {
        **os.environ,
        **{"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(PORTS["new"]), "REDIS_PASSWORD": PASSWORDS["new"], "REDIS_DB": "0"},
        **{"FROM_REDIS_HOST": "127.0.0.1", "FROM_REDIS_PORT": str(PORTS["old"]), "FROM_REDIS_PASSWORD": PASSWORDS["old"]},
        **{"MOVE_QUIET": "0.4", "MOVE_PATIENCE": "30"},
    }

    def move():
        return subprocess.Popen(
            [sys.executable, SCRIPT], env=move_environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    # A job that is interrupted, and another one.
    first = move()
    while client("new", 1).dbsize() < 10:
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = move()
    time.sleep(0.3)
    old_stop.set()
    threads[0].join()
    celery.pool.force_close_all()
    # Celery itself loses what it has just taken from the queue when it is killed before it has noted that: not while it takes.
    while client("old", 1).llen("dataset"):
        time.sleep(0.02)
    time.sleep(0.1)
    old_worker.send_signal(signal.SIGSTOP)
    # Those that have not been acknowledged: Celery itself would run them again.
    taken = [json.loads(base64.b64decode(json.loads(value)[0]["body"]))[0][0] for value in client("old", 1).hvals("unacked")]
    old_worker.send_signal(signal.SIGKILL)
    said = second.communicate(timeout=40)[0]
    stop.set()
    threads[1].join()
    end = time.monotonic() + 30
    while set(queued) - {one.decode() for one in records.lrange("done", 0, -1)} and time.monotonic() < end:
        # The slow one is told to end at its second run.
        records.set("hurry", 1)
        time.sleep(0.1)
    done = collections.Counter(one.decode() for one in records.lrange("done", 0, -1))
    began = collections.Counter(one.decode() for one in records.lrange("begun", 0, -1))
    new = client("new", 0)
    print(
        json.dumps(
            {
                "code": second.returncode,
                "said": said,
                "queued": {side: sum(name.startswith(side) for name in queued) for side in PORTS},
                "lost": sorted(set(queued) - set(done))[:5],
                "twice": sorted(name for name, times in done.items() if times > 1)[:5],
                "again": sorted(name for name, times in began.items() if times > 1),
                "in flight": sorted(taken),
                "left": client("old", 1).llen("dataset") + client("old", 1).hlen("unacked"),
                "keys": {
                    "token": [new.get("token").decode(), 0 < new.ttl("token") <= 500],
                    "state": {key.decode(): value.decode() for key, value in new.hgetall("state").items()},
                    "both": new.get("both").decode(),
                    "agents": client("new", 2).zscore("agents", "one"),
                },
            }
        )
    )
finally:
    stop.set()
    old_stop.set()
    for process in started:
        process.kill()

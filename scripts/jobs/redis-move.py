#!/usr/bin/env python3
"""Moves what Dify has on one Redis to another: queued tasks, then everything else.

Runs once all pods work with the new Redis, in the API's image. What is queued on the old one is handed over task by task until
nothing comes any more: previous pods may still be ending. A task that is being worked on stays with its worker; what workers
have not finished when MOVE_PATIENCE is over is queued again, as Celery does itself for a worker that was lost.

No task is lost: each is first set aside on the old Redis, then queued on the new one, then forgotten. None is queued twice: the new
Redis remembers what it got for a day, so that a job that broke off can start again.

Keys other than queues are copied with what is left of their time, unless the new Redis has them already.
"""

import argparse
import hashlib
import json
import os
import ssl
import sys
import time

# Dify's databases, counted from the first one: cache and events, Celery, agents.
CACHE, CELERY, AGENTS = 0, 1, 2
# What a task is set aside under, with the queue's name after it.
ASIDE = b"redis-move:aside:"
# What the new Redis remembers a task by.
GOT = b"redis-move:got:"
GOT_SECONDS = 86400
# Seconds without a task before the old Redis counts as left, and between two looks.
QUIET = float(os.environ.get("MOVE_QUIET") or "20")
PATIENCE = float(os.environ.get("MOVE_PATIENCE") or "900")
# kombu's separator in bindings: https://github.com/celery/kombu/blob/main/kombu/transport/redis.py
SEPARATOR = b"\x06\x16"
BATCH = 500
LOOK_SECONDS = min(5.0, QUIET / 4)
NAME = "redis-move"

# Both steps in one: a task that was remembered and not queued would be lost.
QUEUE = """
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then redis.call(ARGV[3], KEYS[1], ARGV[1]) return 1 end
return 0
"""


def log(message):
    print(f"redis-move: {message}", flush=True)


def fail(message):
    print(f"redis-move: error: {message}", file=sys.stderr, flush=True)
    sys.exit(1)


def server(prefix, database):
    import redis
    from redis.backoff import ExponentialBackoff
    from redis.retry import Retry

    def environment(name):
        return os.environ.get(prefix + name) or None

    options = {
        "host": environment("REDIS_HOST"),
        "port": int(environment("REDIS_PORT") or "6379"),
        "username": environment("REDIS_USERNAME"),
        "password": environment("REDIS_PASSWORD"),
        "db": int(environment("REDIS_DB") or "0") + database,
        "socket_connect_timeout": 5,
        "socket_timeout": 30,
        "client_name": NAME,
        "retry": Retry(ExponentialBackoff(cap=1, base=0.1), 5),
    }
    if (environment("REDIS_USE_SSL") or "").lower() == "true":
        verify = environment("REDIS_SSL_CERT_REQS") or "CERT_REQUIRED"
        options.update(ssl=True, ssl_cert_reqs=getattr(ssl, verify, ssl.CERT_REQUIRED), ssl_check_hostname=False)
        if environment("REDIS_SSL_CA_CERTS"):
            options["ssl_ca_certs"] = environment("REDIS_SSL_CA_CERTS")
    return redis.Redis(**options)


def keys_of(client, match=None, kind=None):
    return list(client.scan_iter(match=match, count=BATCH, _type=kind))


class Queues:
    """Celery's broker on both sides."""

    def __init__(self, old, new):
        self.old, self.new = old, new
        self._queue = new.register_script(QUEUE)
        self._seen = None
        self._queues, self._hashes = set(), set()
        self.moved = self.again = 0

    def _look(self, now):
        """The names of queues and of what workers have taken; results may be many keys, so not at every round."""
        if self._seen is not None and now - self._seen < LOOK_SECONDS:
            return
        self._seen = now
        for key in keys_of(self.old, kind="LIST"):
            # What a job that broke off had set aside as well.
            self._queues.add(key[len(ASIDE) :] if key.startswith(ASIDE) else key)
        self._hashes.update(keys_of(self.old, match="*unacked", kind="HASH"))

    def hand_over(self, queue, message, first=False):
        """Queues a task on the new Redis, once; at the head if it was taken already."""
        got = GOT + hashlib.sha256(message).hexdigest().encode()
        return self._queue(keys=[queue, got], args=[message, GOT_SECONDS, "RPUSH" if first else "LPUSH"])

    def pass_on(self):
        """@returns how many tasks were queued on the old Redis"""
        self._look(time.monotonic())
        passed = 0
        for queue in sorted(self._queues):
            aside = ASIDE + queue
            while True:
                message = self.old.lindex(aside, -1)
                if message is None:
                    # Consumers take from the right, so that is the oldest.
                    message = self.old.rpoplpush(queue, aside)
                if message is None:
                    break
                passed += self.hand_over(queue, message)
                self.old.lrem(aside, -1, message)
        self.moved += passed
        return passed

    def taken(self):
        """How many tasks workers have."""
        return sum(self.old.hlen(key) for key in self._hashes)

    def others(self):
        """@returns how many others are connected to the old broker; `None` if that is not told"""
        from redis.exceptions import ResponseError

        try:
            clients = self.old.client_list()
        except ResponseError:
            return None
        database = str(self.old.get_connection_kwargs()["db"])
        return len([one for one in clients if one.get("db") == database and one.get("name") != NAME])

    def queue_again(self):
        """What workers had and will not finish, at the head of its queue."""
        for key in self._hashes:
            for tag, value in self.old.hscan_iter(key):
                message, exchange, routing_key = json.loads(value)
                message.setdefault("headers", {})["redelivered"] = True
                message.setdefault("properties", {}).setdefault("delivery_info", {})["redelivered"] = True
                queue = self._queue_of(exchange, routing_key)
                self.again += self.hand_over(queue, json.dumps(message).encode(), first=True)
                self.old.hdel(key, tag)
                self.old.zrem(key + b"_index", tag)

    def _queue_of(self, exchange, routing_key):
        """Of an exchange's bindings, the queue of this key; Celery's own exchanges and queues have the key's name."""
        for key in keys_of(self.old, match="*_kombu.binding." + exchange, kind="SET"):
            prefix = key[: key.index(b"_kombu.binding.")]
            for binding in self.old.smembers(key):
                bound, _, queue = (binding.split(SEPARATOR) + [b"", b"", b""])[:3]
                if bound == routing_key.encode() and queue:
                    return prefix + queue
        return routing_key.encode()

    def move(self):
        start = quiet_since = time.monotonic()
        said = False
        while True:
            now = time.monotonic()
            passed, taken, others = self.pass_on(), self.taken(), self.others()
            # Who is connected may queue a task. Where that is not told, only time tells.
            if passed or others or (others is None and taken):
                quiet_since = now
            if now - quiet_since >= (2 * QUIET if others is None else QUIET) or now - start >= PATIENCE:
                break
            if taken and not said and now - start > QUIET:
                said = True
                log(f"waiting for {taken} tasks that previous workers have")
            time.sleep(min(1.0, QUIET / 4))
        if self.taken():
            log(f"{self.taken()} tasks were taken by previous workers and not finished: they are queued again")
            self.queue_again()
        self.pass_on()


def copy_keys(old, new, broker):
    """@returns how many keys the new Redis did not have"""
    copied = 0
    for key in old.scan_iter(count=BATCH):
        if key.startswith(b"redis-move:") or (broker and (b"unacked" in key or key.endswith(b"_mutex"))):
            continue
        if broker and b"_kombu.binding." in key:
            # Of both sides: each binding is a queue that exists.
            members = old.smembers(key)
            copied += bool(members and new.sadd(key, *members))
            continue
        copied += copy_key(old, new, key, broker)
    return copied


def copy_key(old, new, key, broker):
    kind, left = old.type(key), old.pttl(key)
    if left == -2 or (broker and kind == b"list") or new.exists(key):
        return 0
    # By type, not with DUMP: versions of Redis differ in what they read.
    pipe = new.pipeline(transaction=True)
    if kind == b"string":
        pipe.set(key, old.get(key), nx=True)
    elif kind == b"hash":
        pipe.hset(key, mapping=old.hgetall(key))
    elif kind == b"set":
        pipe.sadd(key, *old.smembers(key))
    elif kind == b"zset":
        pipe.zadd(key, dict(old.zrange(key, 0, -1, withscores=True)))
    elif kind == b"list":
        pipe.rpush(key, *old.lrange(key, 0, -1))
    else:
        # Streams carry the answers of running requests, which are over.
        return 0
    if left > 0:
        pipe.pexpire(key, left)
    pipe.execute()
    return 1


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="environment: REDIS_HOST, _PORT, _USERNAME, _PASSWORD, _DB, _USE_SSL, _SSL_CERT_REQS, _SSL_CA_CERTS of the new Redis, "
        "the same with FROM_ before of the old one, MOVE_PATIENCE (seconds for previous workers to end, default 900) and "
        "MOVE_QUIET (seconds without a task before the old one counts as left, default 20)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    from redis.exceptions import RedisError

    for name in ("REDIS_HOST", "FROM_REDIS_HOST"):
        if not os.environ.get(name):
            fail(f"{name} is not set")
    old = {database: server("FROM_", database) for database in (CACHE, CELERY, AGENTS)}
    new = {database: server("", database) for database in (CACHE, CELERY, AGENTS)}
    try:
        queues = Queues(old[CELERY], new[CELERY])
        queues.move()
        copied = sum(copy_keys(old[database], new[database], database == CELERY) for database in (CACHE, CELERY, AGENTS))
        queues.pass_on()
    except RedisError as error:
        # An address may be in it, a password never is.
        fail(str(error).split("\n", 1)[0])
    log(f"{queues.moved} queued tasks moved, {queues.again} queued again, {copied} other keys copied")


if __name__ == "__main__":
    main()

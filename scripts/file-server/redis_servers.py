#!/usr/bin/env python3
"""Further Redis servers of the file server: one for each stage and each guest, beside that of the environment itself.

A process each, because Redis cannot keep a user to some of its databases (https://github.com/redis/redis/issues/8099): port,
password, memory and directory of its own. Which there are stands in a secret of Secret Manager and not in the VM's metadata,
where a change replaces the VM. A timer runs this every minute; what is right is left alone.

A stage had databases of the environment's server before it had a server. What is in them moves over once nobody is
connected to them any more.
"""

import argparse
import base64
import fcntl
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request

SETTINGS = {
    "ROOT": ("", "prefix of every path, for tests"),
    "METADATA_URL": ("http://metadata.google.internal/computeMetadata/v1", "the VM's metadata"),
    "SECRET_MANAGER_URL": ("https://secretmanager.googleapis.com/v1", "Secret Manager"),
    "REDIS_PORT": ("6379", "port of the environment's own Redis"),
}


def setting(name):
    return os.environ.get(name) or SETTINGS[name][0]


def path(*names):
    return setting("ROOT") + "/" + "/".join(names)


SECRET = re.compile(r"projects/[^/\s]+/secrets/[A-Za-z0-9_-]+/versions/[a-z0-9-]+")
NAME = re.compile(r"[a-z]([a-z0-9-]{0,70}[a-z0-9])?")


class Problem(Exception):
    """What went wrong, for the log; it holds no secret."""


def log(message):
    print("redis-servers: " + message, file=sys.stderr, flush=True)


# Google


def get(url, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Problem(f"{url} answers {error.code}") from None
    except OSError as error:
        raise Problem(f"{url} cannot be reached: {error}") from None


def metadata(name):
    return get(setting("METADATA_URL") + "/instance/" + name, {"Metadata-Flavor": "Google"})


def secret(version):
    if not SECRET.fullmatch(version):
        raise Problem(f"{version!r} is no version of a secret")
    token = json.loads(metadata("service-accounts/default/token"))["access_token"]
    answer = get(f"{setting('SECRET_MANAGER_URL')}/{version}:access", {"Authorization": "Bearer " + token})
    return base64.b64decode(json.loads(answer)["payload"]["data"])


def wanted():
    """The servers of the list, checked: names and ports end up in root's files."""
    text = secret(metadata("attributes/redis-servers-secret").decode().strip())
    try:
        servers = json.loads(text)["servers"]
        for server in servers:
            if not NAME.fullmatch(server["name"]) or not 1024 <= int(server["port"]) <= 65535:
                raise Problem(f"{server['name']!r} on port {server['port']!r} is no server")
            server.update(port=int(server["port"]), databases=[int(number) for number in server.get("databases", [])])
    except (KeyError, TypeError, ValueError):
        raise Problem("the list of servers is not one") from None
    for field in ("name", "port"):
        if len({server[field] for server in servers}) < len(servers):
            raise Problem(f"two servers have the same {field}")
    return servers


# Files and units


def read(name):
    try:
        with open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def write(name, content, mode, group=None):
    """In one step, and only if it differs. Returns whether it did."""
    content = content if isinstance(content, bytes) else content.encode()
    if read(name) == content:
        return False
    os.makedirs(os.path.dirname(name), mode=0o755, exist_ok=True)
    with open(os.open(name + ".new", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    os.chmod(name + ".new", mode)
    if group:
        shutil.chown(name + ".new", "root", group)
    os.replace(name + ".new", name)
    return True


def systemctl(*words):
    if subprocess.run(["systemctl", *words], check=False).returncode != 0:
        raise Problem("systemctl " + " ".join(words) + " failed")


def user(name):
    """There need not be a user of that name where this is tested."""
    return name if setting("ROOT") == "" else None


def configuration(name):
    return path("etc/redis", f"dify-{name}.conf")


def fetch_password(name, version):
    """The password's file; asked for only when its version changes. Returns whether it changed."""
    file, known = path("etc/dify/redis", name + ".password"), path("etc/dify/redis", name + ".version")
    if read(file) and read(known).decode() == version:
        return False
    try:
        password = secret(version)
    except Problem as problem:
        if not read(file):
            raise
        log(f"{problem}; {name} goes on with the password that it has")
        return False
    changed = write(file, password, 0o600)
    write(known, version, 0o600)
    return changed


def set_up(server, kilobytes, common):
    name = server["name"]
    fetch_password(name, server["password"])
    digest = hashlib.sha256(read(path("etc/dify/redis", name + ".password"))).hexdigest()
    rules = read(path("etc/redis/dify-rules")).decode().strip()
    access = path("etc/redis", f"dify-{name}-access.conf")
    directory = path("srv/data", "redis-" + name)
    lines = [common.rstrip("\n"), "", f"port {server['port']}", f"dir {directory}", f"maxmemory {kilobytes}kb", f"include {access}"]
    changed = write(access, f"user default on #{digest} {rules}\n", 0o640, user("redis"))
    changed |= write(configuration(name), "\n".join(lines) + "\n", 0o640, user("redis"))
    os.makedirs(directory, mode=0o750, exist_ok=True)
    if user("redis"):
        shutil.chown(directory, "redis", "redis")
    systemctl("enable", f"redis-server@{name}")
    systemctl("restart" if changed else "start", f"redis-server@{name}")
    if changed:
        log(f"{name} is on port {server['port']} with {kilobytes} kB")


def remove_others(names):
    """Servers that the list no longer has. Their data stays on the disk: nothing here knows whether it is still wanted."""
    for file in sorted(os.listdir(path("etc/redis"))):
        match = re.fullmatch(r"dify-(.+)-access\.conf", file)
        if not match or match[1] in names:
            continue
        name = match[1]
        systemctl("disable", "--now", f"redis-server@{name}")
        for gone in (
            configuration(name),
            path("etc/redis", file),
            path("etc/dify/redis", name + ".password"),
            path("etc/dify/redis", name + ".version"),
        ):
            if os.path.exists(gone):
                os.remove(gone)
        log(f"{name} is stopped; its data is still in {path('srv/data', 'redis-' + name)}")


def memory(count):
    """Kilobytes of the environment's own server and of each further one: the first has half of what Redis may take."""
    total = int(re.search(r"^MemTotal:\s+(\d+)", read("/proc/meminfo").decode(), re.M)[1]) // 2
    return (total, 0) if count == 0 else (total // 2, total // 2 // count)


# Moving over


class Redis:
    """As much of a client as moving keys takes."""

    def __init__(self, port, *login):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.answers = self.socket.makefile("rb")
        self.do("AUTH", *login)

    def do(self, *words):
        encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded))
        return self.answer()

    def answer(self):
        line = self.answers.readline()
        kind, rest = line[:1], line[1:].strip()
        if kind in (b"+", b":"):
            return rest if kind == b"+" else int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.answers.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        raise Problem("Redis says " + (rest.decode(errors="replace") or "nothing"))

    def close(self):
        self.socket.close()


def merge(old, new, key):
    """Adds what `key` holds to the same key of the other server, behind what is new there."""
    kind = old.do("TYPE", key)
    if kind == b"list":
        # Workers take from the right: what is older stays in front.
        new.do("RPUSH", key, *old.do("LRANGE", key, 0, -1))
    elif kind == b"set":
        new.do("SADD", key, *old.do("SMEMBERS", key))
    elif kind == b"hash":
        pairs = old.do("HGETALL", key)
        for field, value in zip(pairs[::2], pairs[1::2]):
            new.do("HSETNX", key, field, value)
    elif kind == b"zset":
        pairs = old.do("ZRANGE", key, 0, -1, "WITHSCORES")
        for member, score in zip(pairs[::2], pairs[1::2]):
            new.do("ZADD", key, "NX", score, member)
    # Of everything else, the newer one counts.


def move(old, new, database):
    count, cursor = 0, b"0"
    old.do("SELECT", database)
    new.do("SELECT", database)
    while True:
        cursor, keys = old.do("SCAN", cursor, "COUNT", 1000)
        for key in keys:
            dump, left = old.do("DUMP", key), old.do("PTTL", key)
            if dump is None:
                continue
            if new.do("EXISTS", key):
                merge(old, new, key)
            else:
                new.do("RESTORE", key, max(left, 0), dump)
            old.do("UNLINK", key)
            count += 1
        if cursor == b"0":
            return count


def move_over(server):
    """Once nobody is connected to the databases that a stage had before, what they hold becomes its own server's."""
    if not server["databases"]:
        return
    old = Redis(int(setting("REDIS_PORT")), "file-server", read(path("etc/dify/redis-mover")))
    try:
        full = {int(number) for number in re.findall(rb"^db(\d+):", old.do("INFO", "keyspace"), re.M)}
        full &= set(server["databases"])
        used = {int(number) for number in re.findall(rb"\bdb=(\d+)", old.do("CLIENT", "LIST"))}
        if not full or used & set(server["databases"]):
            return
        new = Redis(server["port"], read(path("etc/dify/redis", server["name"] + ".password")))
        try:
            count = sum(move(old, new, database) for database in sorted(full))
        finally:
            new.close()
        log(f"moved {count} keys to {server['name']}")
    finally:
        old.close()


def run():
    servers = wanted()
    if subprocess.run(["mountpoint", "-q", path("srv/data")], check=False).returncode != 0:
        raise Problem("the data disk is not mounted: a server that starts now would begin a new file on the boot disk")
    problems = []

    def attempt(what, *arguments):
        try:
            return what(*arguments)
        except (Problem, OSError) as problem:
            problems.append(str(problem))

    own, share = memory(len(servers))
    if write(path("etc/redis/dify-memory.conf"), f"maxmemory {own}kb\n", 0o640, user("redis")):
        attempt(systemctl, "try-restart", "redis-server")
    common = metadata("attributes/redis-conf").decode()
    attempt(remove_others, [server["name"] for server in servers])
    for server in servers:
        attempt(set_up, server, share, common)
    listed = "".join(f"{server['name']} {server['port']}\n" for server in servers)
    write(path("etc/dify-redis-servers"), listed, 0o644)
    for server in servers:
        attempt(move_over, server)
    return problems


def main():
    listing = "\n".join(f"  {name:<20} {text} (default: {default or 'none'})" for name, (default, text) in SETTINGS.items())
    argparse.ArgumentParser(
        description=__doc__,
        epilog="environment:\n" + listing,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    os.makedirs(path("run"), exist_ok=True)
    # The VM's start and the timer may come at the same time.
    with open(path("run/dify-redis-servers.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            problems = run()
        except (Problem, OSError) as problem:
            problems = [str(problem)]
    for problem in problems:
        log("error: " + problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

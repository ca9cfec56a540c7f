#!/usr/bin/env python3
"""Health of the file server over HTTP.

200 while the data disk is mounted and writable, the share is exported, NFS listens and Redis answers with the password;
503 otherwise. The group of instances replaces a VM that stays at 503, so a check must only fail where a new VM helps: a
Redis that is still loading its data counts as alive, or a large file would be loaded for ever, and so does one whose disk
or memory is full, which the next VM would find as full. The answer and the log say so. The servers of stages and guests are
reported and never fail the check: what one of them does to its own server must not take the VM away from everybody.
"""

import argparse
import http.server
import json
import os
import socket
import sys
import time

SETTINGS = {
    "HEALTH_ADDRESS": ("0.0.0.0", "address to listen on"),
    "HEALTH_PORT": ("8080", "port to listen on"),
    "DATA_MOUNT": ("/srv/data", "where the data disk is mounted"),
    "SHARE_PATH": ("/share", "exported directory"),
    "MOUNTS_FILE": ("/proc/self/mountinfo", "the kernel's list of mounts"),
    "EXPORTS_FILE": ("/var/lib/nfs/etab", "the NFS server's list of exports"),
    "NFS_ADDRESS": ("127.0.0.1", "where the NFS server listens"),
    "NFS_PORT": ("2049", "its port"),
    "REDIS_ADDRESS": ("127.0.0.1", "where Redis listens"),
    "REDIS_PORT": ("6379", "its port"),
    "REDIS_PASSWORD_FILE": ("", "file with the password of Redis"),
    "REDIS_SERVERS_FILE": ("/etc/dify-redis-servers", "names and ports of further Redis servers, a line each"),
    "CHECK_TIMEOUT": ("3", "seconds a check may take"),
}


def setting(name):
    return os.environ.get(name) or SETTINGS[name][0]


class Unhealthy(Exception):
    """A check failed; the message says why and goes to whoever asks, so it holds no secret."""


def check_disk():
    for line in read(setting("MOUNTS_FILE")).splitlines():
        mount, _, file_system = line.partition(" - ")
        if mount.split()[4:5] == [setting("DATA_MOUNT")]:
            # The file system's own options, the last field: ext4 goes read-only by itself after an error of the disk.
            # The mount's options say nothing, because systemd shows this service everything read-only.
            if "rw" in file_system.split()[-1].split(","):
                return "mounted" + fullness(os.statvfs(setting("DATA_MOUNT")))
            raise Unhealthy("read-only")
    raise Unhealthy("not mounted")


def fullness(disk):
    """What others than Redis may still take, in blocks and in files."""
    taken, taken_files = disk.f_blocks - disk.f_bfree, disk.f_files - disk.f_ffree
    if disk.f_bavail * 19 < taken or disk.f_favail * 19 < taken_files:
        return ", over 95 percent full"
    return ""


def check_nfs():
    paths = [line.split("\t")[0].split(" ")[0] for line in read(setting("EXPORTS_FILE")).splitlines()]
    if setting("SHARE_PATH") not in paths:
        raise Unhealthy("not exported")
    connect("NFS").close()
    return "exported"


def check_redis():
    with open(setting("REDIS_PASSWORD_FILE"), "rb") as file:
        password = file.read()
    connection = connect("REDIS")
    try:
        answers = connection.makefile("rb")
        connection.sendall(command(b"AUTH", password) + command(b"PING"))
        if answers.readline(512).strip() != b"+OK":
            raise Unhealthy("refuses the password")
        answer = answers.readline(512).strip()
        memory = {}
        if answer == b"+PONG":
            connection.sendall(command(b"INFO", b"memory"))
            length = int(answers.readline(512).strip()[1:])
            memory = dict(line.split(b":", 1) for line in answers.read(length).splitlines() if b":" in line)
    finally:
        connection.close()
    if answer.startswith(b"-LOADING"):
        return "loading its data"
    if answer.startswith(b"-MISCONF"):
        return "refuses writes, its disk is full or fails"
    if answer != b"+PONG":
        raise Unhealthy("does not answer a ping")
    if int(memory[b"used_memory"]) * 10 > int(memory[b"maxmemory"]) * 9 > 0:
        return "answers, over 90 percent of its memory used"
    return "answers"


def check_others():
    """Without a password: who asks for one answers."""
    try:
        lines = read(setting("REDIS_SERVERS_FILE")).splitlines()
    except FileNotFoundError:
        return {}
    results, end = {}, time.monotonic() + float(setting("CHECK_TIMEOUT"))
    for name, port in (line.split() for line in lines):
        try:
            # All of them together, or some that hang would use up the time of whoever asks.
            left = max(end - time.monotonic(), 0.01)
            with socket.create_connection((setting("REDIS_ADDRESS"), int(port)), timeout=left) as connection:
                connection.sendall(command(b"PING"))
                results["redis-" + name] = "answers" if connection.recv(1) in (b"-", b"+") else "answers something else"
        except OSError as problem:
            results["redis-" + name] = problem.strerror or type(problem).__name__
    return results


CHECKS = {"disk": check_disk, "nfs": check_nfs, "redis": check_redis}


def read(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def connect(server):
    address = (setting(server + "_ADDRESS"), int(setting(server + "_PORT")))
    return socket.create_connection(address, timeout=float(setting("CHECK_TIMEOUT")))


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def check_all():
    healthy, results = True, {}
    for name, check in CHECKS.items():
        try:
            results[name] = check()
        except Unhealthy as problem:
            healthy, results[name] = False, str(problem)
        except (KeyError, ValueError):
            healthy, results[name] = False, "answers something else"
        except OSError as problem:
            healthy, results[name] = False, problem.strerror or type(problem).__name__
    return healthy, {**results, **check_others()}


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10
    last = None

    def do_GET(self):
        healthy, results = check_all()
        if results != Handler.last:
            Handler.last = results
            print(json.dumps({"healthy": healthy, **results}), flush=True)
        body = json.dumps(results).encode() + b"\n"
        self.send_response(200 if healthy else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self):
        return "health"

    def log_message(self, *_):
        """Changes are logged, not every question."""


def main():
    listing = "\n".join(f"  {name:<20} {text} (default: {default or 'none'})" for name, (default, text) in SETTINGS.items())
    argparse.ArgumentParser(
        description=__doc__,
        epilog="environment:\n" + listing,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    if not setting("REDIS_PASSWORD_FILE"):
        sys.exit("health.py: REDIS_PASSWORD_FILE is not set")
    address = (setting("HEALTH_ADDRESS"), int(setting("HEALTH_PORT")))
    http.server.ThreadingHTTPServer(address, Handler).serve_forever()


if __name__ == "__main__":
    main()

"""A pod's network with the Auth Proxy, the API and a worker in it, and the hook that waits for its end.

Prints a line a step: what is still there and whether the hook still waits. Needs a network of its own (unshare --net).
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

IFF_UP = 1
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0)
        (flags,) = struct.unpack("16xh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)[:18])
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))


def listen(port: int, address: str = "127.0.0.1") -> socket.socket:
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen()
    return server


def connected(server: socket.socket) -> tuple[socket.socket, socket.socket]:
    client = socket.create_connection(server.getsockname()[:2])
    return client, server.accept()[0]


def program(directory: str, name: str, command: str) -> None:
    file = os.path.join(directory, name)
    with open(file, "w", encoding="ascii") as script:
        script.write(f"#!/bin/sh\n{command}\n")
    os.chmod(file, 0o755)


def main(hook: str) -> None:
    loopback_up()
    directory = tempfile.mkdtemp()
    log = os.path.join(directory, "looked")
    # Every look of the hook ends with a sleep: this one counts them.
    program(directory, "sleep", f"echo >>{log}; exec /bin/sleep 0.05")
    # Both ends of every connection are in this network; those of other machines are in no pod's list: servers of the
    # instance (0CEB), of Google (01BB) and Redis (18EB), and the kubelet, whose checks go to 9801 (2649).
    program(
        directory,
        "cat",
        """/bin/cat "$@" | awk '
          { local = substr($2, length($2) - 3); remote = substr($3, length($3) - 3) }
          local !~ /^(0CEB|01BB|18EB)$/ && remote != "2649"'""",
    )

    def looks() -> int:
        return os.path.getsize(log) if os.path.exists(log) else 0

    # What others have outside of the pod is on addresses of the loopback range here.
    proxy, health = listen(5432), listen(9801)
    instance, google, redis = listen(3307, "127.0.1.1"), listen(443, "127.0.1.1"), listen(6379, "127.0.1.1")
    own = [connected(instance), connected(google), connected(health)]
    api = listen(5001, "::1")
    stream = connected(api)
    query, broker = connected(proxy), connected(redis)

    waiting = subprocess.Popen(
        ["sh", "-c", hook], env={"PATH": directory + ":" + os.environ["PATH"], "PORT": "5432", "HEALTH_PORT": "9801"}
    )

    def step(what: str) -> None:
        before = looks()
        end = time.monotonic() + 20
        while waiting.poll() is None and looks() < before + 2 and time.monotonic() < end:
            time.sleep(0.01)
        print(f"{what}: {'waits' if waiting.poll() is None else f'ended with {waiting.returncode}'}", flush=True)

    def close(*sockets: socket.socket) -> None:
        for one in sockets:
            one.close()

    step("everything")
    close(api)
    step("a stream, a query and the broker")
    close(*stream)
    step("a query and the broker")
    close(*query)
    step("the broker")
    close(*broker)
    step("the proxy alone")
    waiting.kill()
    close(*(one for pair in own for one in pair))


if __name__ == "__main__":
    main(sys.argv[1])

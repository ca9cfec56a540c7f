#!/usr/bin/env python3
"""Waits for the Redis of this deployment, and says what about it would not work for Dify.

Ends with 1 where no component could work with it. What only may go wrong is logged. Runs in the API's image, with the API's own
environment (REDIS_HOST, REDIS_PORT, REDIS_USERNAME, REDIS_PASSWORD, REDIS_DB, REDIS_USE_SSL, REDIS_SSL_*).
"""

import argparse
import os
import ssl
import sys
import time

# Dify's own compose file has 6: https://github.com/langgenius/dify/blob/main/docker/docker-compose.yaml
OLDEST = 6
# Cache, queue and agents: REDIS_DB and the next ones.
DATABASES = 3


def log(message: str) -> None:
    print(f"redis-ready: {message}", flush=True)


def fail(message: str) -> None:
    print(f"redis-ready: error: {message}", file=sys.stderr, flush=True)
    sys.exit(1)


def options(database: int) -> dict:
    environment = os.environ.get
    given: dict = {
        "host": environment("REDIS_HOST"),
        "port": int(environment("REDIS_PORT", "6379")),
        "username": environment("REDIS_USERNAME") or None,
        "password": environment("REDIS_PASSWORD") or None,
        "db": database,
        "socket_connect_timeout": 5,
        "socket_timeout": 5,
    }
    if environment("REDIS_USE_SSL", "").lower() == "true":
        requirement = environment("REDIS_SSL_CERT_REQS", "CERT_NONE")
        given["ssl"] = True
        given["ssl_cert_reqs"] = getattr(ssl, requirement, ssl.CERT_NONE)
        given["ssl_check_hostname"] = False
        for option, variable in (
            ("ssl_ca_certs", "REDIS_SSL_CA_CERTS"),
            ("ssl_certfile", "REDIS_SSL_CERTFILE"),
            ("ssl_keyfile", "REDIS_SSL_KEYFILE"),
        ):
            if environment(variable):
                given[option] = environment(variable)
    return given


def reason(error: Exception) -> str:
    # An address may be in it, a password never is.
    return str(error).split("\n", 1)[0]


def wait(client, where: str, seconds: float) -> None:
    from redis.exceptions import AuthenticationError, AuthorizationError, ConnectionError, ResponseError, TimeoutError

    end = time.monotonic() + seconds
    while True:
        try:
            client.ping()
            return
        except (AuthenticationError, AuthorizationError) as error:
            fail(
                f"{where} refuses the password: {reason(error)}. No component would work. Put its password into the secret of "
                "redis_password_secret, or into TF_VAR_redis_auth, and apply again."
            )
        except (ConnectionError, TimeoutError, OSError) as error:
            text = reason(error)
            # A certificate does not get better by waiting.
            if "CERTIFICATE_VERIFY_FAILED" in text:
                fail(
                    f"{where} has a certificate that is not trusted: {text}. No component would work. Set redis_ca_file to the "
                    "certificates of its authority."
                )
            if time.monotonic() > end:
                fail(
                    f"{where} does not answer, for {seconds:.0f} seconds: {text}. No component would work. Check redis_host and "
                    "redis_port, its firewall for the ranges of pods and nodes, and redis_tls: a server with TLS does not answer "
                    "without it."
                )
            log(f"{where} does not answer yet: {text}")
            time.sleep(2)
        except ResponseError as error:
            text = reason(error)
            if "WRONGPASS" in text or "NOAUTH" in text or "invalid password" in text.lower():
                fail(f"{where} refuses the password: {text}. No component would work. Correct redis_password_secret.")
            if "out of range" in text or "SELECT" in text.upper():
                return
            fail(f"{where} refuses to be asked: {text}. No component would work.")


def look(redis, where: str, first: int) -> None:
    from redis.exceptions import RedisError, ResponseError

    client = redis.Redis(**options(first))
    for database in range(first, first + DATABASES):
        try:
            redis.Redis(**options(database)).ping()
        except ResponseError as error:
            fail(
                f"{where} has no database {database}: {reason(error)}. Dify uses {first} to {first + DATABASES - 1}, and part of it "
                "would not start. Set redis_database to the first of three that it has; a Redis Cluster has only one and cannot "
                "be used."
            )
    try:
        server = client.info()
    except RedisError as error:
        log(f"{where} does not say what it is: {reason(error)}")
        return
    version = str(server.get("redis_version", ""))
    major = version.split(".", 1)[0]
    if major.isdigit() and int(major) < OLDEST:
        fail(f"{where} is version {version}, and Dify needs {OLDEST} or newer: workers would fail. Upgrade it, or set redis_host to another one.")
    if server.get("role") in ("slave", "replica"):
        fail(f"{where} is a replica, which takes no writes: no task would be queued. Set redis_host to the primary.")
    policy = str(server.get("maxmemory_policy", ""))
    if policy.startswith("allkeys"):
        log(
            f"warning: {where} removes any key when its memory is full ({policy}), queued tasks included, without a word. Set its "
            "maxmemory-policy to noeviction or volatile-lru."
        )
    log(f"{where} answers: version {version or 'unknown'}, databases {first} to {first + DATABASES - 1}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("seconds", type=float, nargs="?", default=120, help="longest wait (default 120)")
    seconds = parser.parse_args().seconds
    import redis

    first = int(os.environ.get("REDIS_DB") or 0)
    where = f"Redis {os.environ.get('REDIS_HOST')}:{os.environ.get('REDIS_PORT', '6379')}"
    wait(redis.Redis(**options(first)), where, seconds)
    look(redis, where, first)
    return 0


if __name__ == "__main__":
    sys.exit(main())

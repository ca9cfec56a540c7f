"""The broker as Dify's worker has it, for what is asked of a worker from outside of it."""

import os
import ssl

OFF = ("", "false", "0", "no", "off")


def enabled(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() not in OFF


def transport_options() -> dict:
    options = {}
    if enabled("CELERY_USE_SENTINEL"):
        options["master_name"] = os.environ.get("CELERY_SENTINEL_MASTER_NAME")
        options["sentinel_kwargs"] = {
            "socket_timeout": float(os.environ.get("CELERY_SENTINEL_SOCKET_TIMEOUT") or 0.1),
            "password": os.environ.get("CELERY_SENTINEL_PASSWORD"),
        }
    prefix = os.environ.get("REDIS_KEY_PREFIX", "").strip()
    if prefix:
        options["global_keyprefix"] = prefix + ":"
    return options


def tls(broker: str) -> dict | None:
    # The scheme says it; in the oldest releases it is REDIS_USE_SSL.
    if not broker.startswith("rediss://") and not enabled("REDIS_USE_SSL"):
        return None
    return {
        "ssl_cert_reqs": getattr(ssl, os.environ.get("REDIS_SSL_CERT_REQS") or "CERT_NONE", ssl.CERT_NONE),
        "ssl_ca_certs": os.environ.get("REDIS_SSL_CA_CERTS") or None,
        "ssl_certfile": os.environ.get("REDIS_SSL_CERTFILE") or None,
        "ssl_keyfile": os.environ.get("REDIS_SSL_KEYFILE") or None,
    }


def application(**more):
    """Celery with the worker's own Sentinel, key prefix and TLS (api/extensions/ext_celery.py), without loading Dify.

    `more` is added to the transport's options.
    """
    from celery import Celery

    broker = os.environ["CELERY_BROKER_URL"]
    celery = Celery(broker=broker)
    options = {**transport_options(), **more}
    if options:
        celery.conf.broker_transport_options = options
    certificates = tls(broker)
    if certificates:
        celery.conf.broker_use_ssl = certificates
    return celery

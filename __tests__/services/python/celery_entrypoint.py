"""Stands in for Dify's worker: a Celery with the broker's options as api/extensions/ext_celery.py gives them."""

import os
import ssl

import redis
from celery import Celery

BROKER = os.environ["CELERY_BROKER_URL"]
celery = Celery("standin", broker=BROKER)
celery.conf.update(broker_connection_retry_on_startup=True, task_ignore_result=True)
if os.environ.get("REDIS_KEY_PREFIX"):
    celery.conf.broker_transport_options = {"global_keyprefix": os.environ["REDIS_KEY_PREFIX"] + ":"}
if BROKER.startswith("rediss://"):
    celery.conf.broker_use_ssl = {
        "ssl_cert_reqs": getattr(ssl, os.environ["REDIS_SSL_CERT_REQS"]),
        "ssl_ca_certs": os.environ["REDIS_SSL_CA_CERTS"],
    }


@celery.task(queue="dataset")
def fail():
    raise ValueError("as it is meant to")


@celery.task(queue="dataset")
def hold(url):
    """Says that it runs, and runs until it is told to end."""
    connection = redis.Redis.from_url(url)
    connection.rpush("running", 1)
    connection.blpop("end", timeout=60)

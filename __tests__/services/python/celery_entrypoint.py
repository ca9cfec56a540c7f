"""Stands in for Dify's worker: a Celery with the broker's options as api/extensions/ext_celery.py gives them."""

import os
import ssl
import time

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


def records():
    return redis.Redis.from_url(os.environ["RECORDS"])


@celery.task(queue="dataset", acks_late=True)
def note(name, seconds):
    """Notes when it begins and that it is done."""
    records().rpush("begun", name)
    time.sleep(seconds)
    records().rpush("done", name)


@celery.task(queue="dataset", acks_late=True)
def slow(name, seconds):
    """The same, until it is told to hurry."""
    records().rpush("begun", name)
    records().set("began", 1)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not records().exists("hurry"):
        time.sleep(0.05)
    records().rpush("done", name)

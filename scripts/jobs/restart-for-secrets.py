#!/usr/bin/env python3
"""Starts pods anew whose secrets have changed without an apply: a container reads its environment when it starts.

What the pods of a Deployment or StatefulSet have is noted on it, as a keyed hash of the values and what else starts its pods with new
values: an apply and a release. Three cases:
  nothing is noted yet        noted; its pods were started with what is there
  an apply has started them   noted
  only the values differ      noted, and the pods start anew, as its strategy says

Environment:
  SECRET_NAME                          the Kubernetes Secret
  SALT_KEY                             its key with the value that hashes are keyed with
  WORKLOADS                            {"deployments/name": ["key", ...]}: the keys that its pods take; "statefulsets/name" as well
  SEEN_ANNOTATION, VALUES_ANNOTATION   on a Deployment or StatefulSet; on its pods
"""

import base64
import hashlib
import hmac
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster_api import Kubernetes, Refusal  # noqa: E402

# What an apply and a release change when they start pods.
STARTS = ("checksum/secrets", "delivery/release")


def log(message):
    print(f"restart-for-secrets: {message}", flush=True)


def hash_of(data, keys, salt):
    text = json.dumps([[key, data.get(key)] for key in keys])
    return hmac.new(base64.b64decode(data.get(salt, "")), text.encode(), hashlib.sha256).hexdigest()[:32]


def main():
    seen, values = os.environ["SEEN_ANNOTATION"], os.environ["VALUES_ANNOTATION"]
    workloads = json.loads(os.environ["WORKLOADS"])
    kubernetes = Kubernetes()
    secret = f"/api/v1/namespaces/{kubernetes.namespace}/secrets/{os.environ['SECRET_NAME']}"
    data = kubernetes.request("GET", secret).get("data") or {}
    missing = sorted({key for keys in workloads.values() for key in keys} - set(data))
    if missing:
        raise SystemExit(f"restart-for-secrets: error: the Secret has no {', '.join(missing)} yet: nothing is started")
    failed = []
    for name, keys in workloads.items():
        path = f"/apis/apps/v1/namespaces/{kubernetes.namespace}/{name}"
        try:
            found = kubernetes.request("GET", path)
            pods = found["spec"]["template"].get("metadata", {}).get("annotations") or {}
            values_now = hash_of(data, keys, os.environ["SALT_KEY"])
            start_now = hashlib.sha256(json.dumps([pods.get(key) for key in STARTS]).encode()).hexdigest()[:16]
            now = f"{values_now} {start_now}"
            known = (found["metadata"].get("annotations") or {}).get(seen)
            if known == now:
                continue
            patch = {"metadata": {"annotations": {seen: now}}}
            restarts = known is not None and known.split()[1:] == [start_now]
            if restarts:
                patch["spec"] = {"template": {"metadata": {"annotations": {values: values_now}}}}
            kubernetes.request("PATCH", path, patch)
            log(f"{name}: {'its secrets have changed, and its pods start anew' if restarts else 'noted'}")
        except Refusal as refusal:
            # Before it is there, no pod has anything from before.
            if refusal.status == 404:
                continue
            failed.append(f"{name}: {refusal}")
    if failed:
        raise SystemExit(f"restart-for-secrets: error: {'; '.join(failed)}. The next run tries again")


if __name__ == "__main__":
    main()

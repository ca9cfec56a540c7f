#!/usr/bin/env python3
"""Waits until another job has ended, and ends well however that one did: what it said is in a ConfigMap that Terraform reads next. Of a
job that fails, Terraform itself would only say that it has.

A job that failed before it could say anything, because its image or its database was not to be had, is spoken for here.

Environment:
  RUN       <name of the job>/<what made it run>: the latter ends with the attempt that is in the ConfigMap at the start
  OUTCOME   ConfigMap with the other job's `error`, and `attempt`, which it changes where there is one
"""

import argparse
import os
import secrets
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster_api import Kubernetes, Refusal  # noqa: E402

PAUSE = float(os.environ.get("PAUSE_SECONDS", "2"))


def ended(kubernetes, job):
    """@returns how a job ended: `Complete`, `Failed`, or not at all"""
    found = kubernetes.request("GET", f"/apis/batch/v1/namespaces/{kubernetes.namespace}/jobs/{job}")
    conditions = found.get("status", {}).get("conditions", [])
    return next((one["type"] for one in conditions if one["type"] in ("Complete", "Failed") and one["status"] == "True"), None)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    job, _, why = os.environ["RUN"].partition("/")
    outcome = os.environ["OUTCOME"]
    kubernetes = Kubernetes()
    while (how := ended(kubernetes, job)) is None:
        time.sleep(PAUSE)
    said = kubernetes.request("GET", f"/api/v1/namespaces/{kubernetes.namespace}/configmaps/{outcome}").get("data", {})
    if how == "Failed" and (not said.get("error") or why.endswith(said.get("attempt") or why)):
        logs = f"kubectl -n {kubernetes.namespace} logs -l job-name={job}"
        said = {"error": f"The job {job} failed before it could say why: {logs}", "attempt": secrets.token_hex(4)}
        kubernetes.patch_config_map(outcome, said)
    print(f"job-outcome: {job}: {how}. {said.get('error', '')}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Refusal as refusal:
        raise SystemExit(f"job-outcome: error: refused: {refusal}") from None

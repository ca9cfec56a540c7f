"""The cluster's API for the scripts that run during an apply, on the machine that Terraform runs on."""

import argparse
import http.client
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

ATTEMPTS = 6
TRANSIENT = (408, 429, 500, 502, 503, 504)


class Problem(Exception):
    """Why it stops; Terraform prints it."""


class Refusal(Exception):
    """The API server's answer."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


class Kubernetes:
    """The cluster's API, as the account that runs Terraform."""

    def __init__(self):
        self._host = os.environ["CLUSTER_HOST"].rstrip("/")
        self._tls = ssl.create_default_context(cadata=os.environ.get("CLUSTER_CA") or None)
        self.pause = float(os.environ.get("CLUSTER_PAUSE") or "2")

    def request(self, method, path, body=None, kind="application/json"):
        """Again while there is no answer or the server says to try later."""
        pause = self.pause
        for number in range(1, ATTEMPTS + 1):
            try:
                return self._send(method, path, body, kind)
            except Refusal as refusal:
                if number == ATTEMPTS or refusal.status not in TRANSIENT:
                    raise
            except (OSError, http.client.HTTPException) as problem:
                if number == ATTEMPTS:
                    raise Problem(f"no answer from the cluster: {getattr(problem, 'reason', problem)}") from None
            time.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")

    def _send(self, method, path, body, kind):
        asked = urllib.request.Request(self._host + path, method=method, data=None if body is None else json.dumps(body).encode())
        asked.add_header("Authorization", f"Bearer {os.environ['CLUSTER_TOKEN']}")
        asked.add_header("Content-Type", kind)
        asked.add_header("Accept", "application/json")
        try:
            with urllib.request.urlopen(asked, timeout=60, context=self._tls) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            try:
                text = json.loads(text)["message"]
            except (ValueError, KeyError, TypeError):
                text = " ".join(text.split())[:300]
            raise Refusal(error.code, text) from None

    def found(self, path):
        try:
            return self.request("GET", path)
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise


def run(actions, doc):
    """Does the action that is asked for, and says what came of it."""
    parser = argparse.ArgumentParser(
        description=doc,
        epilog="environment: CLUSTER_SETTINGS (JSON), CLUSTER_HOST (https://…), CLUSTER_CA (PEM), CLUSTER_TOKEN, "
        "CLUSTER_PAUSE (seconds, default: 2)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=sorted(actions))
    action = parser.parse_args().action
    if not os.environ.get("CLUSTER_SETTINGS"):
        parser.error("CLUSTER_SETTINGS are needed")
    settings = json.loads(os.environ["CLUSTER_SETTINGS"])
    try:
        print(f"{settings['name']}, {action}: {actions[action](settings)}")
    except (Problem, Refusal) as problem:
        print(f"{settings['name']}, {action}: {problem}", file=sys.stderr)
        sys.exit(1)

"""Google's and Kubernetes' APIs from within a pod, with what Python brings: a token from the metadata server, or that of the
pod's service account.
"""

import json
import os
import ssl
import time
import urllib.error
import urllib.request

METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
ATTEMPTS = 5
TIMEOUT_SECONDS = 60
# Rights that were given a moment ago are refused for a while.
AGAIN = (403, 408, 409, 429, 500, 502, 503, 504)


class Refusal(Exception):
    """An answer that is none."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text[:500]}")
        self.status = status


def _send(method, url, headers, body=None, context=None):
    asked = urllib.request.Request(url, method=method, data=body, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS, context=context) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Refusal(error.code, error.read().decode("utf-8", "replace")) from None


def _again(attempt, statuses=AGAIN):
    pause = float(os.environ.get("API_PAUSE", "2"))
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except Refusal as refusal:
            if number == ATTEMPTS or refusal.status not in statuses:
                raise
        except OSError:
            if number == ATTEMPTS:
                raise
        time.sleep(pause)
        pause *= 2
    raise AssertionError("unreachable")


class Google:
    """Google's APIs, as the pod's identity."""

    def request(self, method, url, body=None, statuses=AGAIN):
        def attempt():
            headers = {"Metadata-Flavor": "Google"}
            token = json.loads(_send("GET", os.environ.get("METADATA_URL", METADATA), headers))["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            return _send(method, url, headers, None if body is None else json.dumps(body).encode())

        return _again(attempt, statuses)


class Kubernetes:
    """The cluster's API, as the pod's service account, in its own namespace."""

    def __init__(self):
        self._place = os.environ.get("SERVICE_ACCOUNT_DIRECTORY", ACCOUNT)
        host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        self._server = os.environ.get("KUBERNETES_API", f"https://{host}:{port}")
        authority = os.path.join(self._place, "ca.crt")
        self._context = ssl.create_default_context(cafile=authority) if self._server.startswith("https") else None
        self.namespace = self._read("namespace")

    def _read(self, name):
        with open(os.path.join(self._place, name), encoding="utf-8") as file:
            return file.read().strip()

    def request(self, method, path, body=None, kind="application/merge-patch+json"):
        def attempt():
            # It is renewed while the pod runs.
            headers = {"Authorization": f"Bearer {self._read('token')}", "Accept": "application/json"}
            headers["Content-Type"] = kind if method == "PATCH" else "application/json"
            data = None if body is None else json.dumps(body).encode()
            return _send(method, f"{self._server}{path}", headers, data, self._context)

        return json.loads(_again(attempt))

    def patch_config_map(self, name, data):
        path = f"/api/v1/namespaces/{self.namespace}/configmaps/{name}"
        return self.request("PATCH", path, {"data": data})

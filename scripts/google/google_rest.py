"""What scripts have in common that Terraform runs against Google's REST APIs: a token, requests, and trying again.

No file of its own where it runs: Terraform hands over its text, as it does the script's.
"""

import argparse
import http.client
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

ATTEMPTS = 6
TIMEOUT_SECONDS = 60
# Answers that a repeated request can get past; 409 and 412 say that what is changed has changed since it was read.
CONFLICT = (409, 412)
TRANSIENT = (408, 429, 500, 502, 503, 504)


class Problem(Exception):
    """Why nothing was changed; Terraform prints it, so it never holds the token."""


class Answer(Exception):
    """The API refused a request."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status
        # An API that was turned on a moment ago is refused for a minute or two.
        self.transient = status in TRANSIENT or (status == 403 and "SERVICE_DISABLED" in text)


class Google:
    """Google's APIs, as the account that runs Terraform, or as the one that the stack acts as."""

    def __init__(self, prefix, account=""):
        """`prefix` begins the names of the environment's variables: `<prefix>_TOKEN`, `_QUOTA_PROJECT`, `_PAUSE`."""
        self._prefix = prefix
        self._token = self._access_token(account)

    def _given(self, name, otherwise=""):
        return os.environ.get(f"{self._prefix}_{name}") or otherwise

    def address(self, name):
        """`https://secretmanager.googleapis.com`, or what `<prefix>_API` says, for tests."""
        return self._given("API", f"https://{name}.googleapis.com")

    def request(self, method, url, body=None, authority=""):
        """
        `authority` is the PEM of the authority of a server that has a certificate of its own, such as a control plane. A body of
        bytes is YAML, which only the cluster's API takes.
        """
        return self._send(method, url, body, self._token, authority)

    def change(self, attempt, repeated=()):
        """Does what reads and writes back, again as long as somebody else's change or an answer of `repeated` is in its way."""
        pause = float(self._given("PAUSE", "2"))
        for number in range(1, ATTEMPTS + 1):
            try:
                return attempt()
            except Answer as answer:
                if number == ATTEMPTS or not (answer.transient or answer.status in (*CONFLICT, *repeated)):
                    raise Problem(f"Google answered {answer}") from None
            except (OSError, http.client.HTTPException) as problem:
                if number == ATTEMPTS:
                    raise Problem(f"no answer from Google: {getattr(problem, 'reason', problem)}") from None
            time.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")

    def _send(self, method, url, body, token, authority=""):
        yaml = isinstance(body, bytes)
        data = body if body is None or yaml else json.dumps(body).encode()
        asked = urllib.request.Request(url, method=method, data=data)
        asked.add_header("Authorization", f"Bearer {token}")
        # The credentials of a person belong to no project, and one with this API has to be named.
        if self._given("QUOTA_PROJECT"):
            asked.add_header("x-goog-user-project", self._given("QUOTA_PROJECT"))
        asked.add_header("Content-Type", "application/yaml" if yaml else "application/json")
        try:
            trust = ssl.create_default_context(cadata=authority) if authority else None
            with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS, context=trust) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise Answer(error.code, reason(error.read().decode(errors="replace"))) from None
        except ValueError:
            raise Problem(f"the answer of {url} is no JSON") from None

    def _access_token(self, account):
        """At destroy Terraform has no token to hand over. An account to act as is the stack's own setting."""
        if self._given("TOKEN"):
            return self._given("TOKEN")
        own = os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
        if own:
            return self._impersonated(own, account) if account else own
        command = ["gcloud", "auth", "print-access-token"]
        command += [f"--impersonate-service-account={account}"] if account else []
        try:
            return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode().strip()
        except FileNotFoundError:
            raise Problem(
                "there is no access token: GOOGLE_OAUTH_ACCESS_TOKEN is not set, and gcloud is not installed"
            ) from None
        except subprocess.CalledProcessError as error:
            said = " ".join(error.stderr.decode(errors="replace").split())
            raise Problem(f"there is no access token: gcloud auth print-access-token says: {said}") from None

    def _impersonated(self, token, account):
        url = f"{self.address('iamcredentials')}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        scope = {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
        try:
            return self._send("POST", url, scope, token)["accessToken"]
        except (Answer, OSError, http.client.HTTPException) as problem:
            raise Problem(f"cannot act as {account}: {problem}") from None


def reason(text):
    try:
        error = json.loads(text)["error"]
        details = " ".join(str(detail.get("reason", "")) for detail in error.get("details") or [])
        return " ".join(f"{error['message']} {details}".split())
    except (ValueError, KeyError, TypeError, AttributeError):
        return " ".join(text.split())[:300] or "no reason given"


def run(script, prefix, described, actions, by_hand=None, more=None):
    """Does the action that Terraform asks for; it runs the text of the script, without arguments.

    `actions` are functions of Google and the settings that return what they did, by name; `by_hand` says of the settings what
    to do where one of them fails, by its name; `more` describes variables of the script's own.
    """
    variables = {
        f"{prefix}_SETTINGS": described,
        **{f"{prefix}_{name}": text for name, text in (more or {}).items()},
        f"{prefix}_TOKEN": "access token; without it GOOGLE_OAUTH_ACCESS_TOKEN, else gcloud's",
        f"{prefix}_QUOTA_PROJECT": "project that requests count for (default: the token's own)",
        f"{prefix}_API": "address of all APIs (default: Google's)",
        f"{prefix}_PAUSE": "seconds before the first retry, twice as long at each further one (default: 2)",
    }
    parser = argparse.ArgumentParser(
        prog=script["name"],
        description=script["doc"],
        epilog="environment:\n" + "\n".join(f"  {name:<24} {text}" for name, text in variables.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=sorted(actions), nargs="?", default=os.environ.get(f"{prefix}_ACTION"))
    action = parser.parse_args().action
    if action not in actions or not os.environ.get(f"{prefix}_SETTINGS"):
        parser.error(f"an action and {prefix}_SETTINGS are needed")
    settings = json.loads(os.environ[f"{prefix}_SETTINGS"])
    try:
        print(f"{script['title']}: {actions[action](Google(prefix, settings['impersonate']), settings)}")
    except Problem as problem:
        print(f"{script['title']}, {action}: {problem}", file=sys.stderr)
        if by_hand and action in by_hand:
            print(by_hand[action](settings), file=sys.stderr)
        sys.exit(1)

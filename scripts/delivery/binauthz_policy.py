#!/usr/bin/env python3
"""One cluster's part of a project's Binary Authorization policy.

A project has one policy, for every cluster in it. This changes the rule of one cluster and the images that one
deployment exempts, and leaves everything else as it was: the policy is read, changed and written back with its etag, so
that a change in between is noticed and the whole is done again.

put     sets the rule and adds the exemptions that are missing
prune   takes away exemptions that an earlier put made and this one no longer asks for
remove  takes away the rule, if it is this deployment's, and its exemptions

Exempt images count for the whole project. One outside of this deployment's own repository (a public image) may be needed
by others as well: it stays while another rule of the policy refuses anything.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

ENVIRONMENT = {
    "BINAUTHZ_SETTINGS": "JSON: project, cluster (location.name), mode, attestor, exempt, repository, impersonate",
    "BINAUTHZ_PREVIOUS": "JSON: mode and exempt of the last complete apply; may be empty or null",
    "BINAUTHZ_TOKEN": "access token; without it GOOGLE_OAUTH_ACCESS_TOKEN, else gcloud's",
    "BINAUTHZ_QUOTA_PROJECT": "project that requests count for (default: the token's own)",
    "BINAUTHZ_API": "address of the API (default: https://binaryauthorization.googleapis.com)",
    "BINAUTHZ_IAM_API": "address of the API that impersonates (default: https://iamcredentials.googleapis.com)",
    "BINAUTHZ_PAUSE": "seconds before the first retry, twice as long at each further one (default: 2)",
}
ATTEMPTS = 6
TIMEOUT_SECONDS = 60
# Answers that a repeated request can get past; 409 and 412 say that the policy has changed since it was read.
CONFLICT = (409, 412)
TRANSIENT = (408, 429, 500, 502, 503, 504)


class Problem(Exception):
    """Why nothing was changed; goes to whoever runs Terraform, so it never holds the token."""


class Answer(Exception):
    """The API refused a request."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status
        # An API that was turned on a moment ago is refused for a minute or two.
        self.transient = status in TRANSIENT or (status == 403 and "SERVICE_DISABLED" in text)


def rule(mode, attestor):
    return {
        "evaluationMode": mode,
        **({"requireAttestationsBy": [attestor]} if mode == "REQUIRE_ATTESTATION" else {}),
        "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
    }


def same(one, other):
    def plain(value):
        return value.get("evaluationMode"), value.get("enforcementMode"), value.get("requireAttestationsBy") or []

    return plain(one) == plain(other)


def is_ours(found, settings, modes):
    """By the attestor, which nobody else has, or else by being what this deployment writes or wrote."""
    attestor = settings["attestor"]
    return found.get("requireAttestationsBy") == [attestor] or any(same(found, rule(mode, attestor)) for mode in modes)


def describe(found):
    attestors = found.get("requireAttestationsBy") or []
    return found.get("evaluationMode", "no mode") + (f" by {', '.join(attestors)}" if attestors else "")


def refuses(policy):
    """Whether any rule of the policy refuses an image: the default, a cluster's, a namespace's, an account's."""
    rules = [policy.get("defaultAdmissionRule") or {}]
    for name, value in policy.items():
        if name.endswith("AdmissionRules"):
            rules += value.values()
    return any(found.get("evaluationMode", "ALWAYS_ALLOW") != "ALWAYS_ALLOW" for found in rules)


def is_own(pattern, settings):
    """In this deployment's own repository, where nobody else's images are."""
    return bool(settings["repository"]) and pattern.startswith(settings["repository"] + "/")


def without(policy, patterns):
    """The policy's exemptions, less these."""
    kept = [entry for entry in policy.get("admissionWhitelistPatterns") or [] if entry.get("namePattern") not in patterns]
    if kept:
        policy["admissionWhitelistPatterns"] = kept
    else:
        policy.pop("admissionWhitelistPatterns", None)


def exempted(policy):
    return [entry.get("namePattern") for entry in policy.get("admissionWhitelistPatterns") or []]


def put(policy, settings, previous):
    cluster, mode, project = settings["cluster"], settings["mode"], settings["project"]
    if mode != "ALWAYS_ALLOW" and policy.get("globalPolicyEvaluationMode") != "ENABLE":
        raise Problem(
            f"the policy of project {project} does not exempt Google's own images, so {mode} would stop the pods that "
            f"GKE itself runs in {cluster}. That setting counts for every cluster of the project, so it is not changed "
            "here. To change it: gcloud container binauthz policy export "
            f"--project={project} > policy.yaml, write globalPolicyEvaluationMode: ENABLE into it, gcloud container "
            f"binauthz policy import policy.yaml --project={project}; then apply again."
        )
    rules = policy.get("clusterAdmissionRules") or {}
    found, wanted = rules.get(cluster), rule(mode, settings["attestor"])
    modes = [mode] + ([previous["mode"]] if previous.get("mode") else [])
    if found and not is_ours(found, settings, modes):
        raise Problem(
            f"cluster {cluster} has a rule in the policy of project {project} that is not this deployment's: "
            f"{describe(found)}. It would have been replaced by {describe(wanted)}, for everything in the cluster. Set "
            "enable_binary_authorization = false here and leave the rule to whoever set it, or have it taken out of the "
            "policy (gcloud container binauthz policy export and import) and apply again."
        )
    if not found or not same(found, wanted):
        policy["clusterAdmissionRules"] = {**rules, cluster: wanted}
    missing = [pattern for pattern in settings["exempt"] if pattern not in exempted(policy)]
    if missing:
        policy["admissionWhitelistPatterns"] = (policy.get("admissionWhitelistPatterns") or []) + [
            {"namePattern": pattern} for pattern in missing
        ]
    return f"{cluster}: {describe(wanted)}, {len(settings['exempt'])} images exempt, {len(missing)} of them new"


def prune(policy, settings, previous):
    stale = [pattern for pattern in previous.get("exempt") or [] if pattern not in settings["exempt"]]
    # The rule of this cluster has all that it needs in `exempt`: only what the other rules refuse counts.
    others = dict(policy.get("clusterAdmissionRules") or {})
    others.pop(settings["cluster"], None)
    kept = refuses({**policy, "clusterAdmissionRules": others})
    gone = {pattern for pattern in stale if is_own(pattern, settings) or not kept}
    before = len(exempted(policy))
    without(policy, gone)
    return f"{settings['cluster']}: {before - len(exempted(policy))} images no longer exempt"


def remove(policy, settings, _):
    cluster = settings["cluster"]
    rules = dict(policy.get("clusterAdmissionRules") or {})
    found = rules.get(cluster)
    done = "had no rule"
    if found and is_ours(found, settings, [settings["mode"]]):
        del rules[cluster]
        if rules:
            policy["clusterAdmissionRules"] = rules
        else:
            policy.pop("clusterAdmissionRules", None)
        done = "rule removed"
    elif found:
        done = f"rule left alone, it is not this deployment's: {describe(found)}"
    kept = refuses(policy)
    before = exempted(policy)
    # Every single image of this deployment's own repository: a put that failed half-way may have left some that nothing else
    # remembers.
    gone = {
        pattern
        for pattern in before
        if (is_own(pattern, settings) and "*" not in pattern) or (pattern in settings["exempt"] and not kept)
    }
    without(policy, gone)
    return f"{cluster}: {done}; {len(before) - len(exempted(policy))} images no longer exempt"


ACTIONS = {"put": put, "prune": prune, "remove": remove}


def change(action, settings, previous, token):
    address = os.environ.get("BINAUTHZ_API") or "https://binaryauthorization.googleapis.com"
    url = f"{address}/v1/projects/{settings['project']}/policy"
    pause = float(os.environ.get("BINAUTHZ_PAUSE") or 2)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            policy = request("GET", url, token)
            before = json.dumps(policy, sort_keys=True)
            done = ACTIONS[action](policy, settings, previous)
            if json.dumps(policy, sort_keys=True) != before:
                request("PUT", url, token, policy)
            return done
        except Answer as answer:
            if attempt == ATTEMPTS or not (answer.transient or answer.status in CONFLICT):
                raise Problem(f"Google answered {answer}") from None
        except (OSError, http.client.HTTPException) as problem:
            if attempt == ATTEMPTS:
                raise Problem(f"no answer from {address}: {getattr(problem, 'reason', problem)}") from None
        time.sleep(pause)
        pause *= 2
    raise AssertionError("unreachable")


def request(method, url, token, body=None):
    asked = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    asked.add_header("Authorization", f"Bearer {token}")
    # The credentials of a person belong to no project, and one with this API has to be named.
    if os.environ.get("BINAUTHZ_QUOTA_PROJECT"):
        asked.add_header("x-goog-user-project", os.environ["BINAUTHZ_QUOTA_PROJECT"])
    asked.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise Answer(error.code, reason(error.read().decode(errors="replace"))) from None
    except ValueError:
        raise Problem(f"the answer of {url} is no JSON") from None


def reason(text):
    try:
        error = json.loads(text)["error"]
        details = " ".join(str(detail.get("reason", "")) for detail in error.get("details") or [])
        return " ".join(f"{error['message']} {details}".split())
    except (ValueError, KeyError, TypeError, AttributeError):
        return " ".join(text.split())[:300] or "no reason given"


def access_token(account):
    """At destroy Terraform has no token to hand over. An account to act as is the stack's own setting."""
    given = os.environ.get("BINAUTHZ_TOKEN")
    if given:
        return given
    own = os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
    if own:
        return impersonated(own, account) if account else own
    command = ["gcloud", "auth", "print-access-token"] + ([f"--impersonate-service-account={account}"] if account else [])
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode().strip()
    except FileNotFoundError:
        raise Problem("there is no access token: GOOGLE_OAUTH_ACCESS_TOKEN is not set, and gcloud is not installed") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode(errors="replace").split())
        raise Problem(f"there is no access token: gcloud auth print-access-token says: {said}") from None


def impersonated(token, account):
    address = os.environ.get("BINAUTHZ_IAM_API") or "https://iamcredentials.googleapis.com"
    url = f"{address}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
    try:
        return request("POST", url, token, {"scope": ["https://www.googleapis.com/auth/cloud-platform"]})["accessToken"]
    except (Answer, OSError, http.client.HTTPException) as problem:
        raise Problem(f"cannot act as {account}: {problem}") from None


def by_hand(settings):
    exempt = "".join(f"\n  admissionWhitelistPatterns: {pattern}" for pattern in settings["exempt"])
    return (
        f"What is left in the policy of project {settings['project']} has to be taken out by hand, with gcloud container "
        f"binauthz policy export and import:\n  clusterAdmissionRules: {settings['cluster']}{exempt}\n"
        "Until then the rule goes on counting for a cluster of that name."
    )


def main():
    listing = "\n".join(f"  {name:<20} {text}" for name, text in ENVIRONMENT.items())
    parser = argparse.ArgumentParser(
        prog="binauthz_policy.py",
        description=__doc__,
        epilog="environment:\n" + listing,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # Terraform runs the text of this file, without arguments.
    parser.add_argument("action", choices=sorted(ACTIONS), nargs="?", default=os.environ.get("BINAUTHZ_ACTION"))
    action = parser.parse_args().action
    if action not in ACTIONS or not os.environ.get("BINAUTHZ_SETTINGS"):
        parser.error("an action and BINAUTHZ_SETTINGS are needed")
    settings = json.loads(os.environ["BINAUTHZ_SETTINGS"])
    previous = json.loads(os.environ.get("BINAUTHZ_PREVIOUS") or "null") or {}
    try:
        print(f"Binary Authorization, {change(action, settings, previous, access_token(settings['impersonate']))}")
    except Problem as problem:
        print(f"Binary Authorization, {action}: {problem}", file=sys.stderr)
        if action == "remove":
            print(by_hand(settings), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

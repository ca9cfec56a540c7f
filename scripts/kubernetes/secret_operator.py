#!/usr/bin/env python3
"""Waits for the External Secrets Operator, and says what it says.

ready    waits until a store is usable, or an ExternalSecret has filled its Secret. Terraform can wait for the same condition, and of
         one that never comes it only says that time is over. The operator's condition has a general text
         (https://github.com/external-secrets/external-secrets/blob/v2.9.0/pkg/controllers/externalsecret/externalsecret_controller.go,
         markAsFailed); which secret is missing is in its events.
"""

import re
import time
import urllib.parse

from cluster_api import Kubernetes, Problem, Refusal, run

# What waiting does not change: texts of the stores for a secret, a version or a part of it that is not there, and of a template.
LASTING = re.compile(r"does not exist|not found|has no versions|cannot find|no entry for key|NotFound|execute template", re.I)

# Seconds between what it is asked to try again.
AGAIN = 20


def last_event(kubernetes, found):
    """The newest warning about an object."""
    metadata = found["metadata"]
    query = urllib.parse.urlencode({"fieldSelector": f"involvedObject.uid={metadata['uid']},type=Warning"})
    try:
        events = kubernetes.request("GET", f"/api/v1/namespaces/{metadata['namespace']}/events?{query}").get("items", [])
    except Refusal:
        return ""  # Who may not read events gets the condition's text.
    when = lambda event: event.get("lastTimestamp") or event.get("eventTime") or ""
    return max(events, key=when)["message"] if events else ""


def condition(found):
    """The condition Ready of what it is now: one that is of an earlier generation is none."""
    status = found.get("status", {})
    synced = status.get("syncedResourceVersion")
    if synced and not synced.startswith(f"{found['metadata'].get('generation', 1)}-"):
        return {}
    return next((one for one in status.get("conditions", []) if one["type"] == "Ready"), {})


def look_again(kubernetes, path, now):
    """After each failure the operator waits for longer, up to a quarter of an hour."""
    change = {"metadata": {"annotations": {"force-sync": str(int(now))}}}
    try:
        kubernetes.request("PATCH", path, change, "application/merge-patch+json")
    except Refusal:
        pass  # It tries again without it, later.


def ready(kubernetes, settings):
    what, path = f"{settings['kind']} {settings['name']} of namespace {settings['namespace']}", settings["path"]
    end, since, asked, said = time.time() + settings["timeoutSeconds"], None, 0, ""
    while True:
        found = kubernetes.found(path)
        if not found:
            raise Problem(f"{what} is gone: somebody has deleted it. Apply again")
        now = condition(found)
        if now.get("status") == "True":
            return "ready"
        if now:
            texts = [now.get("message") or now.get("reason", ""), last_event(kubernetes, found)]
            if time.time() - asked >= AGAIN:
                asked = time.time()
                look_again(kubernetes, path, asked)
            said = ": ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))[:600]
        since = (since or time.time()) if LASTING.search(said) else None
        lasting = since is not None and time.time() - since >= settings["missingSeconds"]
        if lasting or time.time() > end:
            reason = said or "nothing at all, so it may not run (kubectl get pods --all-namespaces | grep external-secrets)"
            raise Problem(f"the External Secrets Operator says of {what}: {reason}. {settings['otherwise']}")
        time.sleep(kubernetes.pause)


if __name__ == "__main__":
    run({"ready": lambda settings: ready(Kubernetes(), settings)}, __doc__)

#!/usr/bin/env python3
"""Kinds of an operator in a cluster: those that its chart is too small for, and what others have of them.

install  fetches the definitions, compares them with what is pinned, and makes or replaces each
unneeded stops a destroy of an addon while somebody has an object that needs it
unused   stops a destroy while somebody has objects of these kinds: they would be gone, or never be
remove   deletes the definitions, once the operator is gone
"""

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request

from google_rest import Answer, Problem, run

PREFIX = "OPERATORS"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ATTEMPTS = 4
# An API server serves a new kind within seconds; one that goes takes its objects along first.
SECONDS = 300
# How many objects a message names.
NAMED = 5


def pause(times=1):
    time.sleep(float(os.environ.get(f"{PREFIX}_PAUSE") or "2") * times)


class Cluster:
    def __init__(self, google, settings):
        self._google = google
        self._settings = settings

    def ask(self, method, path, body=None):
        """@returns the answer; None if there is no such thing"""

        def attempt():
            try:
                return self.once(method, path, body)
            except Answer as answer:
                if answer.status == 404:
                    return None
                raise

        return self._google.change(attempt)

    def once(self, method, path, body=None):
        return self._google.request(method, self._settings["host"] + path, body, self._settings["ca"] or "")

    def define(self, name, text):
        """The definition as it is written: what is there already is replaced, for which the API wants to know what is replaced."""

        def attempt():
            try:
                self.once("POST", DEFINITIONS, text)
            except Answer as answer:
                if answer.status != 409:
                    raise
                version = self.once("GET", f"{DEFINITIONS}/{name}")["metadata"]["resourceVersion"]
                line = f'\nmetadata:\n  resourceVersion: "{version}"\n'.encode()
                self.once("PUT", f"{DEFINITIONS}/{name}", text.replace(b"\nmetadata:\n", line, 1))

        self._google.change(attempt)

    def served(self, name):
        status = (self.ask("GET", f"{DEFINITIONS}/{name}") or {}).get("status") or {}
        return any(one["type"] == "Established" and one["status"] == "True" for one in status.get("conditions") or [])

    def objects(self, group):
        """Kind and object of all that there is, in any of the group's versions."""
        for version in (self.ask("GET", f"/apis/{group}") or {}).get("versions", []):
            root = f"/apis/{version['groupVersion']}"
            for kind in (self.ask("GET", root) or {}).get("resources", []):
                if "/" not in kind["name"] and "list" in kind.get("verbs", []):
                    for one in (self.ask("GET", f"{root}/{kind['name']}") or {}).get("items", []):
                        yield kind["kind"], one["metadata"]


def name_of(file):
    """apps.kubeblocks.io_clusters has clusters.apps.kubeblocks.io."""
    group, plural = file.split("_")
    return f"{plural}.{group}"


def fetch(url):
    for number in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.read()
        except (OSError, http.client.HTTPException) as problem:
            if number == ATTEMPTS or (isinstance(problem, urllib.error.HTTPError) and problem.code == 404):
                raise Problem(
                    f"cannot fetch {url}: {getattr(problem, 'reason', problem)}. The kinds come from there, so Terraform's machine has to reach it. "
                    "Let it be reached (a proxy: HTTPS_PROXY), and apply again"
                ) from None
            pause(number)
    raise AssertionError("unreachable")


def wait(names, what, done):
    end = time.monotonic() + SECONDS
    left = list(names)
    while True:
        left = [name for name in left if not done(name)]
        if not left:
            return
        if time.monotonic() > end:
            raise Problem(f"{what} after {SECONDS} seconds: {', '.join(left)}. kubectl describe crd {left[0]} says why")
        pause()


def install(google, settings):
    texts = {file: fetch(f"{settings['from']}/{file}.yaml") for file in settings["kinds"]}
    found = hashlib.sha256(b"".join(texts.values())).hexdigest()
    if found != settings["sha256"]:
        raise Problem(
            f"{settings['from']} has SHA-256 {found}, and {settings['sha256']} is pinned: kinds that nobody has checked would be installed for "
            "the whole cluster. Nothing was changed. Check whether a proxy on the way answers instead, and apply again"
        )
    cluster = Cluster(google, settings)
    for file, text in texts.items():
        cluster.define(name_of(file), text)
    wait(map(name_of, texts), "kinds that the cluster does not serve", cluster.served)
    return f"{len(texts)} kinds of version {settings['version']} are installed"


def made_by_charts(metadata, settings):
    """By its charts, or by the operator for an object of somebody's, which is found as well."""
    notes = metadata.get("annotations") or {}
    place = (notes.get("meta.helm.sh/release-namespace"), notes.get("meta.helm.sh/release-name"))
    return bool(metadata.get("ownerReferences")) or place in [(settings["namespace"], name) for name in settings["releases"]]


def unused(google, settings):
    cluster = Cluster(google, settings)
    found = dict.fromkeys(
        " ".join([kind, "/".join(filter(None, [metadata.get("namespace"), metadata["name"]]))])
        for group in settings["groups"]
        for kind, metadata in cluster.objects(group)
        if not made_by_charts(metadata, settings)
    )
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        raise Problem(
            f"cluster {settings['cluster']} has {', '.join(list(found)[:NAMED])}{more}: removing the operator would delete them with their kinds, or nothing could "
            "delete them any more, because only the operator removes its finalizers. Nothing was deleted. Destroy the applications that have them first, or delete them"
        )
    return "nobody has objects of its kinds"


def unneeded(google, settings):
    found = [
        f"{one['metadata'].get('namespace')}/{one['metadata']['name']}"
        for one in (Cluster(google, settings).ask("GET", settings["path"]) or {}).get("items", [])
        if (one.get("spec") or {}).get(settings["field"]) == settings["value"]
    ]
    if found:
        raise Problem(
            f"cluster {settings['cluster']} has {', '.join(found[:NAMED])} by the addon {settings['addon']}: without it, nothing would operate or "
            "delete them. Nothing was deleted. Apply the application that does not ask for them any more first, then this stack again"
        )
    return f"nobody needs the addon {settings['addon']}"


def remove(google, settings):
    cluster = Cluster(google, settings)
    names = [name_of(file) for file in settings["kinds"]]
    for name in names:
        cluster.ask("DELETE", f"{DEFINITIONS}/{name}")
    wait(names, "kinds that are not gone", lambda name: cluster.ask("GET", f"{DEFINITIONS}/{name}") is None)
    return f"{len(names)} kinds are gone"


if __name__ == "__main__":
    run(
        {"name": "operator_kinds.py", "title": "Operator", "doc": __doc__},
        PREFIX,
        "JSON: host, ca, cluster, impersonate; install and remove: from, version, sha256, kinds; unused: groups, namespace, releases; unneeded: addon, path, field, value",
        {"install": install, "unneeded": unneeded, "unused": unused, "remove": remove},
    )

"""What scripts have in common that turn features of a fleet on and off.

A project has one fleet, and a fleet each feature once, for everybody's clusters. As a resource of Terraform, a feature would belong
to one deployment, which would turn it off for all others. So a feature is turned on where it is off, and labels note who uses it; one
that somebody else turned on stays on.
"""

import os
import time

from google_rest import Answer, Problem

PREFIX = "FLEET"
# Labels of a feature: that deployments like this one turned it on, and which of them use it.
MADE, USER = "turned-on-by", "user-"
MADE_HERE = "deployments"
OPERATION_SECONDS = 900


def pause():
    """Seconds between two questions."""
    return float(os.environ.get(f"{PREFIX}_PAUSE") or "2")


class Feature:
    """A feature of the project's fleet."""

    def __init__(self, google, settings, name):
        self._google = google
        self._settings = settings
        self._name = name
        self._hub = f"{google.address('gkehub')}/v1"
        self._features = f"projects/{settings['project']}/locations/global/features"
        self._url = f"{self._hub}/{self._features}/{name}"

    def find(self):
        try:
            return self._google.request("GET", self._url)
        except Answer as answer:
            if answer.status == 404:
                return None
            raise

    def create(self, labels):
        url = f"{self._hub}/{self._features}?featureId={self._name}"
        self._finish(self._google.request("POST", url, {"labels": labels}), "turning it on")

    def change(self, **fields):
        """`labels` that are to go have an empty text: those that are left out stay, as maps are merged.
        @see https://cloud.google.com/java/docs/reference/google-cloud-gkehub/latest/com.google.cloud.gkehub.v1.GkeHubClient"""
        mask = ",".join(sorted(fields))
        self._finish(self._google.request("PATCH", f"{self._url}?updateMask={mask}", fields), "changing it")

    def delete(self, force=False):
        """`force`: even if there is still something of it in clusters."""
        self._finish(self._google.request("DELETE", f"{self._url}{'?force=true' if force else ''}"), "turning it off")

    def others(self):
        """Clusters of the fleet other than this deployment's."""
        found, page = [], ""
        while True:
            url = f"{self._hub}/projects/{self._settings['project']}/locations/-/memberships?pageSize=500&pageToken={page}"
            answer = self._google.request("GET", url)
            found += [one["name"].split("/")[-1] for one in answer.get("resources") or []]
            page = answer.get("nextPageToken")
            if not page:
                return [name for name in found if name != self._settings["membership"]]

    def _finish(self, operation, what):
        end = time.monotonic() + OPERATION_SECONDS
        while not operation.get("done"):
            if time.monotonic() > end:
                raise Problem(f"{what} has not ended within {OPERATION_SECONDS} seconds")
            time.sleep(pause())
            operation = self._google.request("GET", f"{self._hub}/{operation['name']}")
        if "error" in operation:
            raise Problem(f"{what} failed: {operation['error'].get('message', operation['error'])}")


def labels_of(feature):
    return {name: value for name, value in ((feature or {}).get("labels") or {}).items() if value}


def without(labels, *names):
    """The labels as they are asked for, and without those of these names."""
    return {**labels, **{name: "" for name in names if name in labels}}


def users_of(labels):
    """The deployments that use a feature."""
    return [name for name, value in labels.items() if value and name.startswith(USER)]


def used_by(users, others):
    return f"{len(users)} other deployments" if users else f"other clusters of the fleet ({', '.join(others)})"

#!/usr/bin/env python3
"""Makes a Service known to the other clusters of a fleet, with all that this needs.

The feature is the whole fleet's, as fleet_feature.py says; one that somebody else turned on is left as it is. The kind ServiceExport
is only known to a cluster once the feature is on, and a resource for it could not even be planned before.

join   turns the feature on, lets what does its work in clusters read the network, and exports the Service
leave  takes the export back, and turns off what was turned on here, once no other deployment uses it and no other cluster is in
       the fleet
"""

import time

from fleet_feature import MADE, MADE_HERE, PREFIX, USER, Feature, labels_of, pause, used_by, users_of, without
from google_rest import Answer, Problem, run

FEATURE = "multiclusterservicediscovery"
# https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-services#enabling
ROLE = "roles/compute.networkViewer"
# Label of the feature: that they gave the role as well.
GRANTED = "role-given"
# GKE brings the kind to a cluster some minutes after the feature is on.
KIND_SECONDS = 1200
# Label that says which deployment an object belongs to.
OWNER = "app.kubernetes.io/instance"


class Fleet(Feature):
    """The fleet's feature, and the role of what does its work in clusters."""

    def __init__(self, google, settings):
        super().__init__(google, settings, FEATURE)
        self._project = f"{google.address('cloudresourcemanager')}/v1/projects/{settings['project']}"

    def grant(self, wanted):
        """Gives or takes the role. @returns whether that changed something."""
        member = self._settings["member"]
        policy = self._google.request(
            "POST", f"{self._project}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}}
        )
        bindings = policy.setdefault("bindings", [])
        own = [one for one in bindings if one["role"] == ROLE and "condition" not in one]
        if any(member in one["members"] for one in own) == wanted:
            return False
        if not wanted:
            for one in own:
                one["members"] = [other for other in one["members"] if other != member]
            policy["bindings"] = [one for one in bindings if one["members"]]
        elif own:
            own[0]["members"].append(member)
        else:
            bindings.append({"role": ROLE, "members": [member]})
        # With its etag: a change of somebody else's in between is answered with 409, and all this is done again.
        self._google.request("POST", f"{self._project}:setIamPolicy", {"policy": policy})
        return True


class Export:
    """The ServiceExport in the cluster."""

    def __init__(self, google, settings):
        self._google = google
        self._settings = settings
        namespace = settings["namespace"]
        self._root = f"{settings['host']}/apis/net.gke.io/v1/namespaces/{namespace}/serviceexports"
        self._one = f"{self._root}/{settings['service']}"

    def _ask(self, method, url, body=None):
        return self._google.request(method, url, body, self._settings["ca"] or "")

    def _owner(self):
        return (self._ask("GET", self._one)["metadata"].get("labels") or {}).get(OWNER)

    def create(self):
        """@returns whether the cluster knows the kind."""
        metadata = {
            "name": self._settings["service"],
            "namespace": self._settings["namespace"],
            "labels": self._settings["labels"],
        }
        try:
            self._ask("POST", self._root, {"apiVersion": "net.gke.io/v1", "kind": "ServiceExport", "metadata": metadata})
        except Answer as answer:
            if answer.status == 404:
                return False
            if answer.status != 409:
                raise
            if self._owner() != self._settings["labels"][OWNER]:
                raise Problem(
                    f"namespace {self._settings['namespace']} has a ServiceExport {self._settings['service']} of somebody else's. "
                    "Delete it, or set enable_multi_cluster_service = false"
                ) from None
        return True

    def delete(self):
        try:
            if self._owner() == self._settings["labels"][OWNER]:
                self._ask("DELETE", self._one)
        except Answer as answer:
            if answer.status != 404:
                raise

    def is_there(self):
        """Whether there is still a cluster that it could be in."""
        try:
            self._google.request("GET", f"{self._google.address('container')}/v1/{self._settings['cluster']}")
            return True
        except Answer as answer:
            if answer.status == 404:
                return False
            raise


def join(google, settings):
    fleet, export = Fleet(google, settings), Export(google, settings)
    user = USER + settings["user"]

    def attempt():
        feature = fleet.find()
        said = "on already"
        if feature is None:
            fleet.create({MADE: MADE_HERE, user: "1"})
            feature, said = fleet.find() or {}, "turned on"
        labels = labels_of(feature)
        ours = labels.get(MADE) == MADE_HERE
        if ours and user not in labels:
            labels = {**labels, user: "1"}
            fleet.change(labels=labels)
        if fleet.grant(True) and ours:
            fleet.change(labels={**labels, GRANTED: "1"})
        return said if ours else f"{said}, by somebody else, and left as it is"

    # What was turned on a moment ago may not be found at once.
    said = google.change(attempt, repeated=(404,))
    end = time.monotonic() + KIND_SECONDS
    while not google.change(export.create):
        if time.monotonic() > end:
            raise Problem(
                f"cluster {settings['cluster'].split('/')[-1]} does not know the kind ServiceExport, {KIND_SECONDS} seconds after "
                f"the feature was {said}: look at gcloud container fleet multi-cluster-services describe"
            )
        time.sleep(pause() * 5)
    return f"the feature is {said}, and Service {settings['service']} is exported"


def leave(google, settings):
    fleet, export = Fleet(google, settings), Export(google, settings)

    def attempt():
        if export.is_there():
            export.delete()
        feature = fleet.find()
        if feature is None:
            return "off already"
        labels = labels_of(feature)
        if labels.get(MADE) != MADE_HERE:
            return "left on: somebody else turned it on"
        rest = without(labels, USER + settings["user"])
        users, others = users_of(rest), fleet.others()
        if users or others:
            if rest != labels:
                fleet.change(labels=rest)
            return f"left on for {used_by(users, others)}"
        if GRANTED in labels:
            fleet.grant(False)
        fleet.delete()
        return "turned off"

    return f"the export is taken back, and the feature is {google.change(attempt)}"


if __name__ == "__main__":
    run(
        {"name": "multi_cluster_service.py", "title": "Multi-cluster Service", "doc": __doc__},
        PREFIX,
        "JSON: project, membership, member, user, cluster, host, ca, namespace, service, labels, impersonate",
        {"join": join, "leave": leave},
    )

#!/usr/bin/env python3
"""Gives a cluster a managed control plane of Cloud Service Mesh, and waits until pods can have the mesh's proxy.

The feature is the whole fleet's, as fleet_feature.py says, and so is a cluster that several deployments are in: what somebody else
set stays as it is. Labels of the feature note who uses the mesh in which cluster, and where it was set here.

join   turns the feature on, has Google manage the cluster's control plane, and waits until it and the proxies' management run
leave  gives up what was set here, once no other deployment uses it
stay   fails while others are in the mesh in this cluster: it is about to be taken out of the fleet, and they with it
"""

import hashlib
import time

from fleet_feature import MADE, MADE_HERE, PREFIX, USER, Feature, labels_of, pause, used_by, users_of, without
from google_rest import Problem, run

FEATURE = "servicemesh"
# Label of the feature: that the cluster's control plane was asked for here.
MANAGED = "managed-"
AUTOMATIC, MANUAL = "MANAGEMENT_AUTOMATIC", "MANAGEMENT_MANUAL"
# Google speaks of up to fifteen minutes: https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane.
READY_SECONDS = 2400


class Mesh:
    """What the feature has of one cluster."""

    def __init__(self, settings):
        self.cluster = settings["cluster"].split("/")[-1]
        # Google names projects by their numbers in what it answers.
        self._end = f"/locations/{settings['location']}/memberships/{settings['membership']}"
        self._name = f"projects/{settings['project']}{self._end}"
        self.mark = hashlib.sha256(self._end.encode()).hexdigest()[:12]

    def _of(self, entries):
        return next(((name, one) for name, one in (entries or {}).items() if name.endswith(self._end)), (self._name, {}))

    def management(self, feature):
        return (self._of(feature.get("membershipSpecs"))[1].get("mesh") or {}).get("management")

    def specs(self, feature, own):
        """All of them, as Google's own Terraform provider sends them."""
        entries = feature.get("membershipSpecs") or {}
        return {**entries, self._of(entries)[0]: own}

    def others(self, feature):
        return [name for name, one in (feature.get("membershipSpecs") or {}).items() if one and not name.endswith(self._end)]

    def parts(self, feature):
        state = self._of(feature.get("membershipStates"))[1].get("servicemesh") or {}
        return {
            "control plane": state.get("controlPlaneManagement") or {},
            "data plane": state.get("dataPlaneManagement") or {},
        }


def join(google, settings):
    feature, mesh = Feature(google, settings, FEATURE), Mesh(settings)
    user = USER + settings["user"]

    def attempt():
        found = feature.find()
        said = "on already"
        if found is None:
            feature.create({MADE: MADE_HERE, user: mesh.mark})
            found, said = feature.find() or {}, "turned on"
        labels = labels_of(found)
        management = mesh.management(found)
        if management == MANUAL:
            raise Problem(
                f"somebody manages the mesh of cluster {mesh.cluster} by hand, and Google cannot take that over. "
                "Have it removed (https://cloud.google.com/service-mesh/docs/uninstall), or set configure_service_mesh = false"
            )
        wanted = {**labels, user: mesh.mark}
        if management != AUTOMATIC:
            wanted[MANAGED + mesh.mark] = MADE_HERE
            specs = mesh.specs(found, {"mesh": {"management": AUTOMATIC}})
            feature.change(labels=wanted, membershipSpecs=specs)
        elif wanted != labels:
            feature.change(labels=wanted)
        return said

    # What was turned on a moment ago may not be found at once.
    said = google.change(attempt, repeated=(404,))
    end = time.monotonic() + READY_SECONDS
    while True:
        parts = mesh.parts(google.change(feature.find) or {})
        if all(part.get("state") == "ACTIVE" for part in parts.values()):
            return f"the feature is {said}, and cluster {mesh.cluster} has a control plane"
        if time.monotonic() > end:
            raise Problem(
                f"cluster {mesh.cluster} has no control plane, {READY_SECONDS} seconds after the feature was {said}: "
                f"{described(parts)}. Look at gcloud container fleet mesh describe --project={settings['project']}, and apply again"
            )
        time.sleep(pause() * 5)


def described(parts):
    """What Google says of what is not active."""
    waited = {name: part for name, part in parts.items() if part.get("state") != "ACTIVE"}
    details = {name: "; ".join(one.get("details", "") for one in part.get("details") or []) for name, part in waited.items()}
    return ", ".join(
        f"{name} {part.get('state') or 'not known yet'}" + (f" ({details[name]})" if details[name] else "")
        for name, part in waited.items()
    )


def leave(google, settings):
    feature, mesh = Feature(google, settings, FEATURE), Mesh(settings)

    def attempt():
        found = feature.find()
        if found is None:
            return "off already"
        labels = labels_of(found)
        rest = without(labels, USER + settings["user"])
        neighbours = [name for name in users_of(rest) if rest[name] == mesh.mark]
        if neighbours:
            if rest != labels:
                feature.change(labels=rest)
            return f"left on in cluster {mesh.cluster} for {used_by(neighbours, [])}"
        ours = MANAGED + mesh.mark in labels
        rest = without(rest, MANAGED + mesh.mark)
        if ours:
            feature.change(labels=rest, membershipSpecs=mesh.specs(found, {}))
        elif rest != labels:
            feature.change(labels=rest)
        given_up = f"given up in cluster {mesh.cluster}" if ours else f"left as it is in cluster {mesh.cluster}"
        if labels.get(MADE) != MADE_HERE:
            return f"{given_up}, and left on: somebody else turned it on"
        users, others = users_of(rest), mesh.others(found) or feature.others()
        if users or others or not ours:
            return f"{given_up}, and left on" + (f" for {used_by(users, others)}" if users or others else "")
        # What is still in the cluster is Google's to remove.
        feature.delete(force=True)
        return "turned off"

    return f"the feature is {google.change(attempt)}"


def stay(google, settings):
    mesh = Mesh(settings)
    labels = labels_of(google.change(Feature(google, settings, FEATURE).find))
    others = [name for name in users_of(labels) if labels[name] == mesh.mark and name != USER + settings["user"]]
    if others:
        raise Problem(
            f"cluster {mesh.cluster} would leave the fleet, and {used_by(others, [])} in it are in its mesh: their pods would lose it. "
            "Set configure_service_mesh = false there first, or leave it (or enable_multi_cluster_service) on here. "
            f"They are labels {', '.join(others)} of gcloud container fleet mesh describe --project={settings['project']}; of one that is "
            f"gone without a destroy, take the label away (gcloud container fleet features --help)"
        )
    return f"nobody else is in the mesh in cluster {mesh.cluster}"


if __name__ == "__main__":
    run(
        {"name": "service_mesh.py", "title": "Service mesh", "doc": __doc__},
        PREFIX,
        "JSON: project, location, membership, cluster, user, impersonate",
        {"join": join, "leave": leave, "stay": stay},
    )

#!/usr/bin/env python3
"""Does to the pods of a component what no resource of Terraform does without losing them.

reshape    gives a StatefulSet that exists another size of its disks, other disks or another way to start its pods: none of it
           can be changed. Disks grow while they are in use. The StatefulSet is made again around its pods, which go on.
hand-over  waits until the pods of another kind are ready, and then deletes what made them before: a Deployment after a StatefulSet,
           or the other way round. Both have the same labels, so the Service has sent requests to both until then.

Nothing here deletes a claim. Each action can be run again after an interruption.
"""

import re
import time
import urllib.parse

from cluster_api import Kubernetes, Problem, Refusal, run

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}
UNITS = {"": 1, **{f"{unit}i": 2 ** (10 * power) for power, unit in enumerate("KMGTPE", 1)}}
UNITS |= {unit: 1000**power for power, unit in enumerate("kMGTPE", 1)}


class Workloads(Kubernetes):
    """What makes pods in a namespace, and their claims."""

    def __init__(self, namespace):
        super().__init__()
        self.namespace = namespace

    def workload(self, kind, name=""):
        path = f"/apis/apps/v1/namespaces/{self.namespace}/{KINDS[kind]}"
        return f"{path}/{name}" if name else path

    def claims(self, selector):
        query = urllib.parse.urlencode({"labelSelector": selector})
        path = f"/api/v1/namespaces/{self.namespace}/persistentvolumeclaims"
        return [(f"{path}/{one['metadata']['name']}", one) for one in self.request("GET", f"{path}?{query}").get("items", [])]

    def delete(self, kind, found, propagation):
        """Only what was read; it is gone afterwards."""
        path = self.workload(kind, found["metadata"]["name"])
        options = {"propagationPolicy": propagation, "preconditions": {"uid": found["metadata"]["uid"]}}
        try:
            self.request("DELETE", path, options)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
        while self.found(path):
            time.sleep(self.pause)


def size(quantity):
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(quantity)).groups()
    return float(number) * UNITS[unit]


def shape(spec):
    """What of a StatefulSet no update changes."""
    claims = [
        (
            one["metadata"]["name"],
            size(one["spec"]["resources"]["requests"]["storage"]),
            one["spec"].get("storageClassName"),
            tuple(one["spec"]["accessModes"]),
        )
        for one in spec.get("volumeClaimTemplates", [])
    ]
    return spec.get("podManagementPolicy"), claims


def reshape(kubernetes, settings):
    done = []
    name, templates = settings["name"], settings["volumeClaimTemplates"]
    for template in templates:
        wanted = template["spec"]["resources"]["requests"]["storage"]
        own = re.compile(re.escape(f"{template['metadata']['name']}-{name}-") + "[0-9]+")
        for path, claim in kubernetes.claims(settings["selector"]):
            has = claim["spec"]["resources"]["requests"]["storage"]
            if not own.fullmatch(claim["metadata"]["name"]) or size(has) >= size(wanted):
                continue
            grown = {"spec": {"resources": {"requests": {"storage": wanted}}}}
            kubernetes.request("PATCH", path, grown, "application/merge-patch+json")
            done.append(f"{claim['metadata']['name']} grows from {has} to {wanted}")
    found = kubernetes.found(kubernetes.workload("StatefulSet", name))
    wanted = {key: settings[key] for key in ("podManagementPolicy", "volumeClaimTemplates")}
    if found and shape(found["spec"]) != shape(wanted):
        metadata = {key: found["metadata"][key] for key in ("name", "namespace", "labels", "annotations") if key in found["metadata"]}
        spec = {key: value for key, value in found["spec"].items() if key not in wanted}
        again = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {**spec, **wanted}}
        kubernetes.delete("StatefulSet", found, "Orphan")
        kubernetes.request("POST", kubernetes.workload("StatefulSet"), again)
        done.append("the StatefulSet was made again around its pods")
    return "; ".join(done) or "nothing to do"


def ready(workload):
    spec, status = workload["spec"], workload.get("status", {})
    seen = status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 0)
    return seen and status.get("readyReplicas", 0) >= spec.get("replicas", 1)


def wait(kubernetes, kind, name, seconds):
    end = time.time() + seconds
    while True:
        found = kubernetes.found(kubernetes.workload(kind, name))
        if found and ready(found):
            return found
        if time.time() > end:
            raise Problem(
                f"the pods of {kind} {name} are not ready after {seconds} seconds, so the earlier ones stay and keep running. "
                "kubectl describe pod says why; apply again afterwards"
            )
        time.sleep(kubernetes.pause)


def hand_over(kubernetes, settings):
    name, before, now = settings["name"], settings["from"], settings["to"]
    old = kubernetes.found(kubernetes.workload(before, name))
    if not old:
        return f"there is no {before} {name} any more"
    new = wait(kubernetes, now, name, settings["timeoutSeconds"])
    # What the autoscaler has made of the old one is what the load needs.
    wanted = old["spec"].get("replicas", 1)
    if settings["scaled"] and wanted > new["spec"].get("replicas", 1):
        path = kubernetes.workload(now, name)
        kubernetes.request("PATCH", path, {"spec": {"replicas": wanted}}, "application/merge-patch+json")
        wait(kubernetes, now, name, settings["timeoutSeconds"])
    kubernetes.delete(before, old, "Background")
    return f"{now} {name} has taken over from the {before}"


if __name__ == "__main__":
    actions = {"reshape": reshape, "hand-over": hand_over}
    run({name: lambda settings, do=do: do(Workloads(settings["namespace"]), settings) for name, do in actions.items()}, __doc__)

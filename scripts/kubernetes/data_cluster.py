#!/usr/bin/env python3
"""Follows what KubeBlocks makes of a Cluster.

operator   stops where an operator is found that could not do its work: in a namespace that policies do not let in, or on Autopilot
           without the value that has it leave the sizes of pods alone. Where none is found, there is nothing to say.
await      waits until the operator has seen the newest change and all of it runs. What the operator refuses, it says.
repository waits until the operator has written to the place that backups go to, and read there.
"""

import time
import urllib.parse

from cluster_api import Kubernetes, Problem, run

# From https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/apps/v1/cluster_types.go: phases in which nothing goes on without somebody.
BROKEN = ("Failed", "Abnormal")
# An operator that restarts pods reports these in between: they count once they have lasted.
LASTING_SECONDS = 300


class KubeBlocks(Kubernetes):
    def __init__(self, namespace):
        super().__init__()
        self.namespace = namespace

    def cluster(self, name):
        return self.found(f"/apis/apps.kubeblocks.io/v1/namespaces/{self.namespace}/clusters/{name}")


def operator(kubeblocks, settings):
    query = urllib.parse.urlencode({"labelSelector": settings["labels"]})
    found = kubeblocks.request("GET", f"/apis/apps/v1/deployments?{query}").get("items", [])
    if not found:
        return "nothing is known of it"
    namespaces = sorted(one["metadata"]["namespace"] for one in found)
    here = [one for one in found if one["metadata"]["namespace"] == kubeblocks.namespace]
    if not here:
        raise Problem(settings["elsewhere"].replace("{namespace}", " and ".join(namespaces)))
    containers = here[0]["spec"]["template"]["spec"]["containers"]
    told = any(one["name"] == settings["told"] and one.get("value") == "true" for each in containers for one in each.get("env") or [])
    if settings["autopilot"] and not told:
        raise Problem(settings["restless"])
    return "it can do its work"


def said(status):
    """What the operator says of what is not as it should be."""
    bad = [one for one in status.get("conditions") or [] if one.get("status") == "False"]
    parts = [f"{one['type']}: {one.get('message') or one.get('reason')}" for one in bad]
    for name, part in sorted((status.get("components") or {}).items()):
        if part.get("phase") != "Running":
            text = "; ".join(f"{key}: {value}" for key, value in sorted((part.get("message") or {}).items()))
            parts.append(f"{name} is {part.get('phase')}{f' ({text})' if text else ''}")
    return "; ".join(parts) or f"phase {status.get('phase') or 'not set'}"


def refused(found):
    """Whether the operator does not even begin with this change; then all else is as before."""
    generation = found["metadata"].get("generation", 0)
    return any(
        one.get("type") == "ProvisioningStarted" and one.get("status") == "False" and one.get("observedGeneration", generation) == generation
        for one in (found.get("status") or {}).get("conditions") or []
    )


def await_running(kubeblocks, settings):
    name, seconds = settings["name"], settings["timeoutSeconds"]
    end, broken = time.time() + seconds, None
    while True:
        found = kubeblocks.cluster(name)
        if not found:
            raise Problem(f"there is no Cluster {name} in namespace {kubeblocks.namespace} any more: somebody has deleted it. Apply again")
        status = found.get("status") or {}
        if status.get("observedGeneration", 0) >= found["metadata"].get("generation", 0):
            if refused(found):
                raise Problem(f"KubeBlocks refuses the Cluster: {said(status)}")
            # A phase alone may be older than the change.
            if status.get("phase") == "Running" and all(part.get("upToDate") for part in (status.get("components") or {}).values()):
                return "it runs"
            broken = (broken or time.time()) if status.get("phase") in BROKEN else None
            if broken is not None and time.time() - broken >= settings.get("lastingSeconds", LASTING_SECONDS):
                raise Problem(f"KubeBlocks has failed: {said(status)}. kubectl -n {kubeblocks.namespace} describe clusters.apps.kubeblocks.io {name} says more")
        if time.time() > end:
            raise Problem(f"it does not run after {seconds} seconds: {said(status)}. kubectl -n {kubeblocks.namespace} describe clusters.apps.kubeblocks.io {name} says more")
        time.sleep(kubeblocks.pause)


def repository(kubeblocks, settings):
    name, seconds = settings["name"], settings["timeoutSeconds"]
    end = time.time() + seconds
    while True:
        status = (kubeblocks.found(f"/apis/dataprotection.kubeblocks.io/v1alpha1/backuprepos/{name}") or {}).get("status") or {}
        if status.get("phase") == "Ready":
            return "KubeBlocks can write its backups"
        if status.get("phase") == "Failed":
            # It tries once, and again only if the object is another one.
            raise Problem(
                f"KubeBlocks cannot write its backups: {' '.join(said(status).split())[:1000]}. Rights of minutes ago may not have counted yet: "
                f"kubectl delete backuprepo {name}, and apply again"
            )
        if time.time() > end:
            if not status:
                raise Problem(
                    f"nothing answers to BackupRepo {name} after {seconds} seconds: KubeBlocks runs without what makes backups. Have it installed with the "
                    "value dataProtection.enabled=true (docs/kubeblocks-operations.md#backups), or set kubeblocks_backups = false"
                )
            raise Problem(f"KubeBlocks has not tried its place for backups after {seconds} seconds: {said(status)}. kubectl describe backuprepo {name} says more")
        time.sleep(kubeblocks.pause)


if __name__ == "__main__":
    actions = {"operator": operator, "await": await_running, "repository": repository}
    run({name: lambda settings, do=do: do(KubeBlocks(settings.get("namespace", "")), settings) for name, do in actions.items()}, __doc__)

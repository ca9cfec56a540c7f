#!/usr/bin/env python3
"""Stops an apply before it makes anything, where the cluster is not as it has to be.

Terraform's provider lists built-in kinds only with a description of them that not every API server serves, and cannot look for a kind
that may not be there. So this asks with plain requests.

absent     stops if the API serves a path
fitting    stops if something is not there that has to be, or if somebody else has made what is going to be made
"""

from cluster_api import Kubernetes, Problem, run


def absent(kubernetes, settings):
    if kubernetes.found(settings["path"]):
        raise Problem(settings["otherwise"])
    return "it is not there"


def fitting(kubernetes, settings):
    problems = [one["otherwise"] for one in settings["needed"] if not kubernetes.found(one["path"])]
    label, value = settings["label"], settings["value"]
    found = [(what, kubernetes.found(path)) for what, path in sorted(settings["free"].items())]
    taken = [what for what, one in found if one and one["metadata"].get("labels", {}).get(label) != value]
    if taken:
        problems.append(settings["taken"].replace("{}", ", ".join(taken)))
    if problems:
        raise Problem("\n".join(problems))
    return "nothing is in the way"


if __name__ == "__main__":
    actions = {"absent": absent, "fitting": fitting}
    run({name: lambda settings, do=do: do(Kubernetes(), settings) for name, do in actions.items()}, __doc__)

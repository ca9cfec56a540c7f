#!/usr/bin/env python3
"""Stops an apply before it makes anything, where the cluster is not as it has to be.

absent     stops if the API serves a path: no data source of Terraform can look for a kind that may not be there.
"""

from cluster_api import Kubernetes, Problem, run


def absent(kubernetes, settings):
    if kubernetes.found(settings["path"]):
        raise Problem(settings["otherwise"])
    return "it is not there"


if __name__ == "__main__":
    run({"absent": lambda settings: absent(Kubernetes(), settings)}, __doc__)

#!/usr/bin/env python3
"""Copies of databases that KubeBlocks has in a bucket.

unused   stops a destroy of what they are deleted with while there is one: only KubeBlocks deletes it, and its object would stay without end
"""

from google_rest import Answer, Problem, run

PREFIX = "BACKUPS"
# How many copies a message names.
NAMED = 3


def backups(google, settings):
    path = f"/apis/dataprotection.kubeblocks.io/v1alpha1/namespaces/{settings['namespace']}/backups"

    def attempt():
        try:
            return google.request("GET", settings["host"] + path, None, settings["ca"] or "").get("items") or []
        except Answer as answer:
            # Without their kind there are no copies.
            if answer.status == 404:
                return []
            raise

    return google.change(attempt)


def ours(backup, settings):
    labels = backup["metadata"].get("labels") or {}
    status = backup.get("status") or {}
    return (
        labels.get("app.kubernetes.io/instance") in settings["clusters"]
        or settings["repository"] in (labels.get("dataprotection.kubeblocks.io/backup-repo-name"), status.get("backupRepoName"))
    )


def unused(google, settings):
    names = sorted(one["metadata"]["name"] for one in backups(google, settings) if ours(one, settings))
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise Problem(
            f"KubeBlocks has the backups {', '.join(names[:NAMED])}{more} in namespace {settings['namespace']}: it could not delete them later, and the namespace would "
            "stay without end. Nothing was deleted. Keep kubeblocks_backups = true, or delete them, with their files, and apply again: "
            f"kubectl -n {settings['namespace']} delete backups.dataprotection.kubeblocks.io {' '.join(names)}"
        )
    return "there is no copy"


if __name__ == "__main__":
    run(
        {"name": "data_backups.py", "title": "Backups", "doc": __doc__},
        PREFIX,
        "JSON: host, ca, impersonate, namespace, clusters, repository",
        {"unused": unused},
    )

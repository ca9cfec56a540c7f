#!/usr/bin/env python3
"""This deployment's part of a project's audit configuration.

A project has one audit configuration, for everybody in it. This adds the types of logs that are missing and leaves the rest
as it was: exempt members and services of others stay, and roles are not written at all. Configuration and notes are
read, changed and written back with their etag, so that a change in between is noticed and the whole is done again.

put     adds the types of logs that are missing, having noted them first
remove  takes away what was noted, or hands the note over where another deployment wants the logs as well

Each deployment notes what it added as an annotation of a secret of its own that never has a value. So the last one that is
removed knows what was there before the first.
"""

from google_rest import Answer, run

# Annotations of a note: which deployments want the logs, and what they added.
STATE, ADDED = "audit-logs", "audit-logs-added"
WANTED, LEAVING = "wanted", "leaving"
# What the notes' ids end with.
SUFFIX = "-audit-logs"


def pairs(policy):
    """`allServices/DATA_READ` of the configuration, with the members that it does not log."""
    return {
        f"{config['service']}/{log['logType']}": log.get("exemptedMembers") or []
        for config in policy.get("auditConfigs") or []
        for log in config.get("auditLogConfigs") or []
    }


def add(policy, missing):
    configs = policy.setdefault("auditConfigs", [])
    for pair in missing:
        service, log_type = pair.split("/")
        config = next((one for one in configs if one["service"] == service), None)
        if config is None:
            config = {"service": service}
            configs.append(config)
        config.setdefault("auditLogConfigs", []).append({"logType": log_type})


def take(policy, added):
    kept = []
    for config in policy.get("auditConfigs") or []:
        logs = [log for log in config["auditLogConfigs"] if f"{config['service']}/{log['logType']}" not in added]
        if logs:
            kept.append({**config, "auditLogConfigs": logs})
    policy["auditConfigs"] = kept


class Project:
    """Configuration and notes of one project."""

    def __init__(self, google, name):
        self._google = google
        self._resources = f"{google.address('cloudresourcemanager')}/v1/projects/{name}"
        self._secrets = f"{google.address('secretmanager')}/v1/projects/{name}/secrets"

    def policy(self):
        # Without the version, Google leaves conditions out of the roles; they are read, and not written.
        options = {"options": {"requestedPolicyVersion": 3}}
        return self._google.request("POST", f"{self._resources}:getIamPolicy", options)

    def write(self, policy):
        # The mask leaves the roles alone: only the audit configuration is written, to what else is in the policy.
        body = {"policy": policy, "updateMask": "auditConfigs,etag"}
        self._google.request("POST", f"{self._resources}:setIamPolicy", body)

    def note(self, name):
        return self._google.request("GET", f"{self._secrets}/{name}")

    def annotate(self, note, changes):
        annotations = {**note.get("annotations", {}), **changes}
        secret = note["name"].split("/")[-1]
        body = {"annotations": {key: value for key, value in annotations.items() if value}, "etag": note.get("etag")}
        self._google.request("PATCH", f"{self._secrets}/{secret}?updateMask=annotations", body)

    def others(self, own):
        """Notes of other deployments."""
        found, page = [], ""
        while True:
            answer = self._google.request("GET", f"{self._secrets}?filter=name:{SUFFIX[1:]}&pageSize=250&pageToken={page}")
            found += answer.get("secrets") or []
            page = answer.get("nextPageToken")
            if not page:
                break
        notes = [one for one in found if one["name"].endswith(SUFFIX) and STATE in one.get("annotations", {})]
        return [one for one in notes if one["name"].split("/")[-1] != own]


def added_in(note):
    return set(note.get("annotations", {}).get(ADDED, "").split())


def put(project, settings):
    wanted = [f"{service}/{log_type}" for service in settings["services"] for log_type in settings["types"]]
    policy, note = project.policy(), project.note(settings["note"])
    found = pairs(policy)
    missing = [pair for pair in wanted if pair not in found]
    added = added_in(note) | set(missing)
    # Before the logs: after an interruption, what was added must not be taken for what was there before.
    if note.get("annotations", {}).get(STATE) != WANTED or added != added_in(note):
        project.annotate(note, {STATE: WANTED, ADDED: " ".join(sorted(added))})
    if missing:
        add(policy, missing)
        project.write(policy)
    exempt = [f"{member} of {pair}" for pair in wanted for member in found.get(pair) or []]
    said = f"{len(missing)} types of logs turned on, {len(wanted) - len(missing)} were on"
    return said + (f"; not logged, because somebody else exempts them: {', '.join(exempt)}" if exempt else "")


def remove(project, settings):
    try:
        own = project.note(settings["note"])
    except Answer as answer:
        if answer.status != 404:
            raise
        return f"not changed: secret {settings['note']}, which noted what was added, does not exist any more"
    if own.get("annotations", {}).get(STATE) != LEAVING:
        project.annotate(own, {STATE: LEAVING})
        own = project.note(settings["note"])
    others = project.others(settings["note"])
    staying = [note for note in others if note["annotations"][STATE] == WANTED]
    if staying:
        heir, added = staying[0], added_in(own)
        if added - added_in(heir):
            project.annotate(heir, {ADDED: " ".join(sorted(added | added_in(heir)))})
        return f"left on: {heir['name'].split('/')[-1]} says that another deployment wants them"
    # Those that are being removed at the same time have nobody to hand their notes to either.
    added = added_in(own).union(*[added_in(note) for note in others])
    policy = project.policy()
    found = pairs(policy)
    # Somebody who exempts members from them wants these logs.
    claimed = sorted(pair for pair in added if found.get(pair))
    gone = sorted(pair for pair in added if pair in found and pair not in claimed)
    if gone:
        take(policy, gone)
        project.write(policy)
    left = f"; left on, because somebody else has exempted members from them since: {', '.join(claimed)}" if claimed else ""
    return f"{len(gone)} types of logs turned off, as they were before{left}"


def by_hand(settings):
    project, note = settings["project"], settings["note"]
    return (
        f"To continue, sign in with an account that may change the policy of project {project}, and try again. To leave the "
        f"logs on instead, look up what was added (gcloud secrets describe {note} --project={project}, annotation {ADDED}), "
        "take it out of the policy by hand or keep it, and have Terraform forget the resource that this message names: "
        "terraform state rm."
    )


def turn_on(google, settings):
    return google.change(lambda: put(Project(google, settings["project"]), settings))


def turn_off(google, settings):
    return google.change(lambda: remove(Project(google, settings["project"]), settings))


if __name__ == "__main__":
    run(
        {"name": "audit_config.py", "title": "Audit logs", "doc": __doc__},
        "AUDIT",
        "JSON: project, note (a secret's id), services, types, impersonate",
        {"put": turn_on, "remove": turn_off},
        {"remove": by_hand},
    )

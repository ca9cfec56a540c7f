#!/usr/bin/env python3
"""Whether a project is in no service perimeter yet, except for its own.

A project is in one perimeter only. Google refuses a second one that blocks, and takes one that only logs, which then says
nothing of what the first one blocks. All access policies of the organization are looked at, those of folders as well.

check   fails with what to do where another perimeter holds the project
"""

from google_rest import Problem, run


def listed(google, path, kind):
    found, page = [], ""
    while True:
        separator = "&" if "?" in path else "?"
        answer = google.request("GET", f"{google.address('accesscontextmanager')}/v1/{path}{separator}pageToken={page}")
        found += answer.get(kind) or []
        page = answer.get("nextPageToken")
        if not page:
            return found


def check(google, settings):
    policies = listed(google, f"accessPolicies?parent=organizations/{settings['organization']}", "accessPolicies")
    perimeters = [one for policy in policies for one in listed(google, f"{policy['name']}/servicePerimeters", "servicePerimeters")]
    resource = f"projects/{settings['number']}"
    for perimeter in perimeters:
        regular = perimeter.get("perimeterType", "PERIMETER_TYPE_REGULAR") == "PERIMETER_TYPE_REGULAR"
        own = perimeter["name"].endswith(f"/servicePerimeters/{settings['name']}")
        held = [
            how
            for part, how in (("status", "blocks"), ("spec", "logs"))
            if resource in (perimeter.get(part) or {}).get("resources", [])
        ]
        if regular and not own and held:
            raise Problem(
                f"project {settings['project']} is in the perimeter {perimeter['name']} already, which {' and '.join(held)}, and a "
                "project is in one perimeter only. Set enable_vpc_sc = false here: that perimeter guards the project. Have its "
                "administrators let in who runs Terraform, builds and deploys (docs/security.md#service-perimeter says what is "
                "needed). Or have the project taken out of it first."
            )
    return f"project {settings['project']} is in no other of {len(perimeters)} perimeters"


if __name__ == "__main__":
    run(
        {"name": "perimeter_free.py", "title": "Service perimeter", "doc": __doc__},
        "PERIMETER",
        "JSON: organization, project, number (of the project), name (of the own perimeter), impersonate",
        {"check": lambda google, settings: google.change(lambda: check(google, settings))},
    )

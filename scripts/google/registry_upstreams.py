#!/usr/bin/env python3
"""Lets remote repositories of a project fetch from their upstreams although the project is in a service perimeter.

The setting is one for all repositories of the project in a region. Google takes it only once it knows that the project is in
a perimeter, which takes minutes: until then it is tried again.

allow   sets it, unless it is set already
"""

from google_rest import run


def allow(google, settings):
    name = f"projects/{settings['project']}/locations/{settings['location']}/vpcscConfig"
    url = f"{google.address('artifactregistry')}/v1/{name}"
    if google.request("GET", url).get("vpcscPolicy") == "ALLOW":
        return "were allowed already"
    google.request("PATCH", f"{url}?updateMask=vpcscPolicy", {"name": name, "vpcscPolicy": "ALLOW"})
    return "are allowed"


def repeated(google, settings):
    return google.change(lambda: allow(google, settings), repeated=(400, 403))


def by_hand(settings):
    return (
        "Until this is allowed, no image can be pulled that the mirror does not have yet. Apply again in half an hour, when Google "
        f"knows the perimeter everywhere, or: gcloud artifacts vpcsc-config allow --project={settings['project']} "
        f"--location={settings['location']}"
    )


if __name__ == "__main__":
    run(
        {"name": "registry_upstreams.py", "title": "Upstreams of remote repositories", "doc": __doc__},
        "UPSTREAMS",
        "JSON: project, location, impersonate",
        {"allow": repeated},
        {"allow": by_hand},
    )

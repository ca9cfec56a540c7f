#!/usr/bin/env python3
"""Builds an image with Cloud Build, and waits for it.

A resource of its own is missing for this in the provider: a trigger builds what is pushed, and here nobody pushes.

build  submits the build; one that an apply before has submitted is waited for instead, and an image that is there already is
       left as it is
"""

import hashlib
import json
import os
import time
import urllib.parse

from google_rest import Answer, Problem, run

PREFIX = "IMAGE_BUILD"
# https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds#status
UNFINISHED = ("PENDING", "QUEUED", "WORKING")
# How long a build may wait for a machine, before an apply gives up; the next one waits on.
QUEUE_SECONDS = 600


class Builds:
    def __init__(self, google, settings):
        self._google = google
        self._settings = settings
        self._parent = f"projects/{settings['project']}/locations/{settings['location']}"
        self._builds = f"{google.address('cloudbuild')}/v1/{self._parent}/builds"
        # What the image is made of, and everything else that is done with it: the checks, and who attests it.
        self._image = "image-" + digest([settings["image"], settings["tag"]])
        self._request = "request-" + digest([settings["image"], settings["tag"], settings["build"]["steps"]])

    def _ask(self, method, url, body=None):
        return self._google.change(lambda: self._google.request(method, url, body))

    def newest(self):
        """The newest build of this very image that is under way or that succeeded, if it was of the same request."""
        # Newest first: https://cloud.google.com/build/docs/view-build-results
        query = urllib.parse.urlencode({"filter": f'tags="{self._image}"', "pageSize": "50"})
        builds = self._ask("GET", f"{self._builds}?{query}").get("builds", [])
        builds = sorted(builds, key=lambda build: build.get("createTime", ""), reverse=True)
        known = [build for build in builds if build["status"] in (*UNFINISHED, "SUCCESS")]
        return known[0] if known and self._request in known[0].get("tags", []) else None

    def is_pushed(self):
        where = self._settings["image"].split("/")
        package = urllib.parse.quote("/".join(where[3:]), safe="")
        repository = f"{self._parent}/repositories/{where[2]}"
        url = f"{self._google.address('artifactregistry')}/v1/{repository}/packages/{package}/tags/{self._settings['tag']}"

        def attempt():
            try:
                self._google.request("GET", url)
                return True
            except Answer as answer:
                if answer.status == 404:
                    return False
                raise

        return self._google.change(attempt)

    def submit(self):
        scripts = json.loads(os.environ[f"{PREFIX}_SCRIPTS"])
        asked = self._settings["build"]
        body = {
            **asked,
            "steps": [{**step, "script": scripts[step["id"]]} for step in asked["steps"]],
            "tags": [*asked["tags"], self._image, self._request],
        }
        # Its account was made a moment ago, and is not known everywhere yet.
        operation = self._google.change(lambda: self._google.request("POST", self._builds, body), repeated=(403,))
        return operation["metadata"]["build"]

    def finish(self, build):
        end = time.monotonic() + QUEUE_SECONDS + int(self._settings["build"]["timeout"].rstrip("s"))
        pause = float(os.environ.get(f"{PREFIX}_PAUSE") or "2") * 5
        while build["status"] in UNFINISHED:
            if time.monotonic() > end:
                raise Problem(f"build {build['id']} is still {build['status']}. {log_of(build)}")
            time.sleep(pause)
            build = self._ask("GET", f"{self._builds}/{build['id']}")
        if build["status"] != "SUCCESS":
            raise Problem(f"build {build['id']} of {self._settings['image']} {ended(build)} {log_of(build)}")
        return build


def digest(what):
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def ended(build):
    """How a build ended, with the step that broke it and what Google says of it."""
    steps = [step for step in build.get("steps", []) if step.get("status") not in (None, "SUCCESS", "QUEUED", "CANCELLED")]
    at = f' at step "{steps[0].get("id", "?")}"' if steps else ""
    said = build.get("statusDetail") or (build.get("failureInfo") or {}).get("detail") or ""
    return f"ended with {build['status']}{at}{f': {said.rstrip(chr(46))}' if said else ''}."


def log_of(build):
    return f"Its log says why: {build.get('logUrl', 'gcloud builds log ' + build['id'])}"


def build(google, settings):
    builds = Builds(google, settings)
    image = f"{settings['image']}:{settings['tag']}"
    found = builds.newest()
    if found and found["status"] == "SUCCESS":
        if builds.is_pushed():
            return f"{image} exists already, from build {found['id']}"
        found = None
    done = builds.finish(found or builds.submit())
    return f"{image} is built, by build {done['id']}"


if __name__ == "__main__":
    run(
        {"name": "image_build.py", "title": "Image build", "doc": __doc__},
        PREFIX,
        "JSON: project, location, image, tag, build (as in the API, without scripts), impersonate",
        {"build": build},
        more={"SCRIPTS": "JSON: the script of each step, by its id"},
    )

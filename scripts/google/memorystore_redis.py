#!/usr/bin/env python3
"""One instance of Memorystore for Redis, with a password that Terraform never sees.

The provider's resource for it writes the password into the state as soon as there is one (it asks for it whenever it reads the
instance), so this script makes the instance, changes what can be changed, and puts the password straight into Secret Manager.

ensure  makes the instance, or changes it to what is asked for; its password becomes the newest version of the secret, its address
        and the certificates of its authority an annotation of that secret. A raised number of the rotation gives it another password
delete  deletes the instance; refused while the application that it was made for has its queue there
"""

import base64
import json
import os
import time
import urllib.parse

from google_rest import Answer, Problem, run

PREFIX = "MEMORYSTORE"
# Annotation of the secret: address, port and certificates, which are no secrets.
CONNECTION = "redis"
# And how many passwords it has had because somebody asked for another one.
ROTATED = "rotation"
# Label of the secret that remembers the application's release: where its Redis is.
USED = "redis"
# What an instance with TLS listens on: https://cloud.google.com/memorystore/docs/redis/in-transit-encryption
PORT = 6378
# Making one takes ten minutes, a failover half an hour at worst.
OPERATION_SECONDS = 3600
# What an existing instance may be given, by the field that a mask names.
CHANGEABLE = ("memorySizeGb", "redisConfigs", "maintenancePolicy", "persistenceConfig", "labels", "authEnabled")
# What cannot be changed later, and the variable that says it.
FIXED = {
    "tier": "memorystore_high_availability",
    "authorizedNetwork": "network_name",
    "customerManagedKey": "customer_managed_keys",
    "transitEncryptionMode": "TLS",
}


def alike(found, wanted):
    """Whether what Google has holds what is asked for; it adds fields of its own, and writes numbers as text."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(alike(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(alike, found, wanted))
    # A number that is zero is left out of an answer.
    return str(found if found is not None else 0 if wanted == 0 else "") == str(wanted)


def version_of(name):
    """REDIS_7_0 and REDIS_6_X as numbers that can be compared."""
    return [int(part) if part.isdigit() else 99 for part in name.split("_")[1:]]


class Instance:
    def __init__(self, google, settings):
        self._google = google
        self._settings = settings
        self._root = f"{google.address('redis')}/v1"
        self._parent = f"projects/{settings['project']}/locations/{settings['location']}"
        self._name = f"{self._parent}/instances/{settings['name']}"

    def _ask(self, method, path, body=None, repeated=()):
        return self._google.change(lambda: self._google.request(method, f"{self._root}/{path}", body), repeated)

    def find(self):
        def attempt():
            try:
                return self._google.request("GET", f"{self._root}/{self._name}")
            except Answer as answer:
                if answer.status == 404:
                    return None
                raise

        return self._google.change(attempt)

    def _finish(self, operation, what):
        end = time.monotonic() + OPERATION_SECONDS
        pause = float(os.environ.get(f"{PREFIX}_PAUSE") or "2") * 5
        while not operation.get("done"):
            if time.monotonic() > end:
                raise Problem(f"{what} has not ended within {OPERATION_SECONDS} seconds")
            time.sleep(pause)
            operation = self._ask("GET", operation["name"])
        if "error" in operation:
            raise Problem(f"{what} failed: {operation['error'].get('message', operation['error'])}")

    def create(self):
        path = f"{self._parent}/instances?instanceId={self._settings['name']}"
        try:
            operation = self._google.change(
                lambda: self._google.request("POST", f"{self._root}/{path}", self._settings["instance"])
                if self.find() is None
                else {"done": True}
            )
        except Problem as problem:
            raise Problem(f"the instance was not made: {problem}") from None
        self._finish(operation, "making the instance")

    def settle(self):
        """Waits for what somebody else is changing, such as an apply that was interrupted while the instance was made."""
        end = time.monotonic() + OPERATION_SECONDS
        pause = float(os.environ.get(f"{PREFIX}_PAUSE") or "2") * 5
        found = self.find()
        while found and found.get("state") in ("CREATING", "UPDATING", "MAINTENANCE", "FAILING_OVER", "DELETING"):
            if time.monotonic() > end:
                raise Problem(f"the instance is still {found['state']} after {OPERATION_SECONDS} seconds")
            time.sleep(pause)
            found = self.find()
        return found

    def change(self, found):
        wanted = self._settings["instance"]
        for field, variable in FIXED.items():
            if wanted.get(field) and not same_field(field, found.get(field), wanted[field]):
                raise Problem(
                    f"the instance {self._settings['name']} has {field} {found.get(field) or 'none'}, and {wanted[field]} is asked for "
                    f"({variable}): Google cannot change it, and another instance would not have what is queued. Set it back, or move "
                    "the queue away first (docs/redis.md)"
                )
        fields = [field for field in CHANGEABLE if field in wanted and not alike(found.get(field), wanted[field])]
        if fields:
            body = {field: wanted[field] for field in fields}
            self._finish(self._ask("PATCH", f"{self._name}?updateMask={','.join(fields)}", body), "changing the instance")
        was, version = found.get("redisVersion", ""), wanted["redisVersion"]
        if was and version_of(version) < version_of(was):
            raise Problem(
                f"the instance runs {was}, and memorystore_version is {version}: Google cannot lower a version. Set it back"
            )
        if was and version_of(version) > version_of(was):
            operation = self._ask("POST", f"{self._name}:upgrade", {"redisVersion": version})
            self._finish(operation, f"the upgrade to {version}")
            fields.append("redisVersion")
        return fields

    def forget_password(self):
        """
        Google makes another password when authentication is turned on again, which `change` does, also after an interrupted run
        in between (https://cloud.google.com/memorystore/docs/redis/about-redis-auth#auth_behavior).
        """
        operation = self._ask("PATCH", f"{self._name}?updateMask=authEnabled", {"authEnabled": False})
        self._finish(operation, "turning authentication off")

    def password(self):
        password = self._ask("GET", f"{self._name}/authString").get("authString")
        if not password:
            raise Problem("the instance has no password, and it is asked for one")
        return password

    def delete(self):
        self._finish(self._ask("DELETE", self._name), "deleting the instance")


def same_field(field, found, wanted):
    if field == "authorizedNetwork":
        # With the number of a project or its id, and maybe with an address before it.
        return (found or "").split("/networks/")[-1] == wanted.split("/networks/")[-1]
    if field == "customerManagedKey":
        return (found or "").split("/cryptoKeyVersions")[0] == wanted
    return found == wanted


class Secret:
    def __init__(self, google, settings):
        self._google = google
        self._url = f"{google.address('secretmanager')}/v1/projects/{settings['project']}/secrets/{settings['secret']}"
        self._delayed = settings.get("destroysVersions", False)

    def _newest(self):
        try:
            answer = self._google.request("GET", f"{self._url}/versions/latest:access")
        except Answer as answer:
            # Without a version, or with a disabled one.
            if answer.status in (400, 404):
                return None
            raise
        return base64.b64decode(answer["payload"]["data"]).decode()

    def keep(self, password):
        """@returns whether it is another one than before."""

        def attempt():
            if self._newest() == password:
                return False
            data = base64.b64encode(password.encode()).decode()
            self._google.request("POST", f"{self._url}:addVersion", {"payload": {"data": data}})
            return True

        fresh = self._google.change(attempt)
        self._google.change(self._close_older)
        return fresh

    def _close_older(self):
        query = urllib.parse.urlencode({"filter": "state:ENABLED", "pageSize": "100"})
        names = [one["name"] for one in self._google.request("GET", f"{self._url}/versions?{query}").get("versions", [])]
        names.sort(key=lambda name: int(name.rsplit("/", 1)[1]))
        for name in names[:-1]:
            # Where the secret delays it, one that is to be destroyed is disabled until then.
            verb = "destroy" if self._delayed else "disable"
            self._google.request("POST", f"{self._url}/versions/{name.rsplit('/', 1)[1]}:{verb}", {})

    def rotated(self):
        """The number of the last rotation that went through."""
        return int(self._google.request("GET", self._url).get("annotations", {}).get(ROTATED) or "1")

    def note(self, connection, rotation):
        notes = {CONNECTION: json.dumps(connection, sort_keys=True), **({ROTATED: str(rotation)} if rotation > 1 else {})}

        def attempt():
            secret = self._google.request("GET", self._url)
            if notes.items() <= secret.get("annotations", {}).items():
                return
            body = {"annotations": {**secret.get("annotations", {}), **notes}, "etag": secret.get("etag")}
            self._google.request("PATCH", f"{self._url}?updateMask=annotations", body)

        self._google.change(attempt)


def ensure(google, settings):
    instance = Instance(google, settings)
    found = instance.settle()
    made = found is None
    if made:
        instance.create()
        found = instance.settle()
    if found is None:
        raise Problem("the instance was made, but Google does not show it")
    secret, rotation = Secret(google, settings), settings.get("rotation", 1)
    # One that is made has a password that nobody knew before.
    rotates = not made and secret.rotated() < rotation
    if rotates:
        instance.forget_password()
        found = instance.settle() or found
    changed = [] if made else instance.change(found)
    found = instance.settle() or found
    if int(found.get("port", 0)) != PORT:
        raise Problem(f"the instance listens on {found.get('port')}, and with TLS it should listen on {PORT}")
    fresh = secret.keep(instance.password())
    certificates = [one["cert"].strip() for one in found.get("serverCaCerts") or []]
    secret.note({"host": found["host"], "port": str(PORT), "ca": "\n".join(certificates) + "\n"}, rotation)
    said = "made" if made else f"changed ({', '.join(changed)})" if changed else "as it was"
    return f"{settings['name']} is {said}, its password is {'new in' if fresh else 'that of'} secret {settings['secret']}"


def used(google, settings):
    """Whether the application's release says that its queue is here. It is gone once the application is."""
    url = f"{google.address('secretmanager')}/v1/projects/{settings['project']}/secrets/{settings['release']}"

    def attempt():
        try:
            return google.request("GET", url).get("labels", {}).get(USED) == "memorystore"
        except Answer as answer:
            if answer.status == 404:
                return False
            raise

    return google.change(attempt)


def delete(google, settings):
    if used(google, settings):
        raise Problem(
            f"the application still has its queue on {settings['name']}: deleting it now would lose what is queued. Move the queue "
            'first: redis_moves_from = "memorystore" for one apply of both stacks, or "nothing" to lose it (docs/redis.md)'
        )
    instance = Instance(google, settings)
    if instance.settle() is None:
        return f"{settings['name']} was gone already"
    instance.delete()
    return f"{settings['name']} is deleted"


if __name__ == "__main__":
    run(
        {"name": "memorystore_redis.py", "title": "Memorystore", "doc": __doc__},
        PREFIX,
        "JSON: project, location, name, secret, release (both secrets' ids), instance (as in the API), rotation (number, default 1), destroysVersions, impersonate",
        {"ensure": ensure, "delete": delete},
    )

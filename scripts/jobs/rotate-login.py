#!/usr/bin/env python3
"""Changes the login of the application's database without a request that notices.

Two logins take turns: the owner of the databases, and a second one that acts as the owner (ALTER ROLE … SET role). The one that is not
used gets a new password, pods take it on one after the other, and when the last pod with the old login is gone, that one
loses its password. Both are changed by a third role, which may do nothing but become the two.

What to do next follows from what is there, so a run may be broken off anywhere:
  1. the newest version of the secret says which login counts
  2. the Kubernetes Secret and the Deployments' pods follow it
  3. older versions are enabled: their login is still to be closed
  4. nothing is left, and the newest version is older than the period: the other login gets a password, and a version

  prepare   instead: give the second login and the role their rights, and take all others from them (once, safe to repeat)

Environment:
  DB_HOST, DB_PORT, and every variable of libpq
  DB_OWNER, DB_SECOND, DB_ROTATOR   the two logins, and the role
  LOGIN_SECRET                      projects/<project>/secrets/<id>: {"user", "password", "rotator"}
  PERIOD_SECONDS, DELAY_SECONDS     between two rotations; between a new version and the first new pod
  PASSWORD_LENGTH
  SECRET_NAME, USER_KEY, PASSWORD_KEY   the Kubernetes Secret, and its keys
  DEPLOYMENTS                       names, separated by blanks; of others than Deployments as statefulsets/<name>
  SELECTOR                          labels of all pods of the application
  OLD_VERSIONS                      destroy: where the secret delays that, older versions are destroyed (default: disabled)
A run that is called rotate-now-… (kubectl create job rotate-now-1 --from=cronjob/…) waits for no period.
"""

import argparse
import base64
import calendar
import json
import os
import secrets
import string
import sys
import time
import urllib.parse

import psycopg2
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Identifier, Literal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster_api import Google, Kubernetes, Refusal  # noqa: E402

ADMINISTRATORS = "cloudsqlsuperuser"
ANNOTATION = "checksum/database-login"
PAUSE = float(os.environ.get("PAUSE_SECONDS", "5"))
ALPHABET = string.ascii_letters + string.digits


def log(message):
    print(f"rotate-login: {message}", flush=True)


def fail(message):
    raise SystemExit(f"rotate-login: error: {message}")


def seconds(timestamp):
    """`2026-11-26T14:00:00.123456Z`"""
    return calendar.timegm(time.strptime(timestamp[:19], "%Y-%m-%dT%H:%M:%S"))


class Secret:
    """The logins so far, newest last; only what is enabled can be read."""

    def __init__(self):
        self.google = Google()
        api = os.environ.get("SECRETS_API", "https://secretmanager.googleapis.com")
        self.place = f"{api}/v1/{os.environ['LOGIN_SECRET']}"
        self.read()

    def read(self):
        query = urllib.parse.urlencode({"filter": "state:ENABLED", "pageSize": "250"})
        answer = json.loads(self.google.request("GET", f"{self.place}/versions?{query}"))
        versions = [one for one in answer.get("versions", []) if one["state"] == "ENABLED"]
        if not versions:
            fail(f"{os.environ['LOGIN_SECRET']} has no version that is enabled. Enable the newest one, or apply")
        versions.sort(key=lambda one: seconds(one["createTime"]) * 1000000 + int(one["name"].rsplit("/", 1)[1]))
        self.versions = [(one["name"].rsplit("/", 1)[1], seconds(one["createTime"])) for one in versions]
        self.number, self.created = self.versions[-1]
        self.newest = self.value(self.number)

    def value(self, number):
        answer = json.loads(self.google.request("GET", f"{self.place}/versions/{number}:access"))
        return json.loads(base64.b64decode(answer["payload"]["data"]))

    def add(self, value):
        data = base64.b64encode(json.dumps(value).encode()).decode()
        # Not again after an answer that was lost: a run begins with what is there.
        self.google.request("POST", f"{self.place}:addVersion", {"payload": {"data": data}}, statuses=(403, 429))
        self.read()

    def disable_older(self):
        for number, _ in self.versions[:-1]:
            # Not Terraform's own, the first one: it would write another.
            destroyed = number != "1" and os.environ.get("OLD_VERSIONS") == "destroy"
            self.google.request("POST", f"{self.place}/versions/{number}:{'destroy' if destroyed else 'disable'}", {})
        self.versions = self.versions[-1:]


class Server:
    """The role's connection. It is not to the application's database: that is closed to a role without rights."""

    def __init__(self, secret):
        self.owner, self.second = os.environ["DB_OWNER"], os.environ["DB_SECOND"]
        self.rotator = os.environ["DB_ROTATOR"]
        refused = None
        # Newest first: the run may have ended between a new version and the role's own new password.
        for number, _ in reversed(secret.versions):
            password = secret.value(number)["rotator"]
            try:
                self.connection = self.connect(self.rotator, password)
                break
            except psycopg2.OperationalError as error:
                refused = str(error).strip().split("\n")[0]
                if "authentication failed" not in refused:
                    break
        else:
            number = None
        if not hasattr(self, "connection"):
            fail(f"no connection as {self.rotator}: {refused}")
        self.connection.autocommit = True
        if number != secret.number:
            self.set_password(self.rotator, secret.newest["rotator"])

    @staticmethod
    def connect(user, password):
        return psycopg2.connect(
            host=os.environ["DB_HOST"],
            port=os.environ.get("DB_PORT", "5432"),
            dbname=os.environ.get("DB_MAINTENANCE", "postgres"),
            user=user,
            password=password,
            application_name="rotate-login",
            connect_timeout=10,
        )

    def set_password(self, user, password):
        """Each role may change its own, whatever else it may. The server and its log see a verifier only."""
        with self.connection.cursor() as cursor:
            verifier = password and encrypt_password(password, user, self.connection, "scram-sha-256")
            if user != self.rotator:
                cursor.execute(SQL("SET ROLE {}").format(Identifier(user)))
            cursor.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(user), Literal(verifier or None)))
            cursor.execute("RESET ROLE")

    def works(self, user, password):
        try:
            self.connect(user, password).close()
            return True
        except psycopg2.OperationalError as error:
            # The maintenance database need not be open to it: by then the password was right.
            return "permission denied" in str(error)

    def prepare(self):
        rights = """
          SELECT rolname, rolcreaterole OR rolcreatedb OR EXISTS (
            SELECT FROM pg_auth_members m JOIN pg_roles a ON a.oid = m.roleid
            WHERE m.member = r.oid AND a.rolname = %s)
          FROM pg_roles r WHERE rolname IN (%s, %s)"""
        members = """
          SELECT m.rolname, a.rolname FROM pg_auth_members JOIN pg_roles m ON m.oid = member JOIN pg_roles a ON a.oid = roleid
          WHERE m.rolname = ANY (%s) AND a.rolname = ANY (%s)"""
        owner, second, rotator = (Identifier(name) for name in (self.owner, self.second, self.rotator))
        with self.connection.cursor() as cursor:
            cursor.execute(members, ([self.second, self.rotator], [self.owner, self.second, ADMINISTRATORS]))
            if set(cursor.fetchall()) == {(self.second, self.owner), (self.rotator, self.owner), (self.rotator, self.second)}:
                self.act_as_owner(cursor)
                return
            cursor.execute(rights, (ADMINISTRATORS, self.second, self.rotator))
            too_much = dict(cursor.fetchall())
            if not too_much.get(self.rotator) and not too_much.get(self.second):
                log("the logins are prepared already")
                return
            try:
                if not too_much.get(self.rotator):
                    fail(f"{self.second} has rights on the instance, and {self.rotator} cannot take them: an administrator has to")
                for statement in (
                    SQL("BEGIN"),
                    SQL("GRANT {} TO {}").format(owner, second),
                    SQL("GRANT {}, {} TO {}").format(owner, second, rotator),
                    # What it creates belongs to the owner, and it may change what the owner may.
                    SQL("ALTER ROLE {} SET role TO {}").format(second, Literal(self.owner)),
                    SQL("ALTER ROLE {} PASSWORD NULL").format(second),
                    SQL("REVOKE {} FROM {}, {}").format(Identifier(ADMINISTRATORS), second, rotator),
                    SQL("ALTER ROLE {} NOCREATEROLE NOCREATEDB").format(second),
                    # The attribute that allows all of this goes last.
                    SQL("ALTER ROLE {} NOINHERIT NOCREATEROLE NOCREATEDB").format(rotator),
                    SQL("COMMIT"),
                ):
                    cursor.execute(statement)
            except psycopg2.Error as error:
                fail(
                    f"{self.rotator} cannot prepare the logins: {error.diag.message_primary or error}. An administrator has to run"
                    f" GRANT \"{self.owner}\" TO \"{self.second}\"; GRANT \"{self.owner}\", \"{self.second}\" TO \"{self.rotator}\"; and take"
                    f" {ADMINISTRATORS} from both. Or set enable_auto_password_rotation = false"
                )
        log(f"{self.second} acts as {self.owner}, and {self.rotator} may become both and nothing else")

    def act_as_owner(self, cursor):
        """From PostgreSQL 16 on Cloud SQL has made both members, in place of administrators. Each may set its own session up."""
        cursor.execute("SELECT EXISTS (SELECT FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = %s)", (self.second,))
        if cursor.fetchone()[0]:
            log("the logins are prepared already")
            return
        cursor.execute(SQL("SET ROLE {}").format(Identifier(self.second)))
        cursor.execute(SQL("ALTER ROLE {0} PASSWORD NULL; ALTER ROLE {0} SET role TO {1}").format(Identifier(self.second), Literal(self.owner)))
        cursor.execute("RESET ROLE")
        log(f"{self.second} acts as {self.owner}, and {self.rotator} may become both")


class Pods:
    """What takes the login from the Kubernetes Secret."""

    def __init__(self):
        self.kubernetes = Kubernetes()
        self.path = f"/api/v1/namespaces/{self.kubernetes.namespace}"
        self.apps = f"/apis/apps/v1/namespaces/{self.kubernetes.namespace}"
        names = os.environ["DEPLOYMENTS"].split()
        self.workloads = [name if "/" in name else f"deployments/{name}" for name in names]
        self.switched = None

        self.secret = f"{self.path}/secrets/{os.environ['SECRET_NAME']}"

    @staticmethod
    def data(login):
        keys = {os.environ["USER_KEY"]: login["user"], os.environ["PASSWORD_KEY"]: login["password"]}
        return {key: base64.b64encode(value.encode()).decode() for key, value in keys.items()}

    def has(self, login):
        """An apply that began before a rotation may end after it, with the login from before."""
        tests = [{"op": "test", "path": f"/data/{key}", "value": value} for key, value in self.data(login).items()]
        try:
            self.kubernetes.request("PATCH", self.secret, tests, kind="application/json-patch+json")
            return True
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            return False

    def hand_over(self, login):
        self.kubernetes.request("PATCH", self.secret, {"data": self.data(login)})
        self.switched = time.time()

    def restart(self, number):
        template = {"metadata": {"annotations": {ANNOTATION: number}}}
        for name in self.workloads:
            self.kubernetes.request("PATCH", f"{self.apps}/{name}", {"spec": {"template": template}})

    def old(self, number):
        """Names of pods that may still have an older login."""
        query = urllib.parse.urlencode({"labelSelector": os.environ["SELECTOR"]})
        found = self.kubernetes.request("GET", f"{self.path}/pods?{query}").get("items", [])
        return sorted(pod["metadata"]["name"] for pod in found if self.is_old(pod, number))

    def is_old(self, pod, number):
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return False
        key = os.environ["PASSWORD_KEY"]
        containers = pod["spec"].get("initContainers", []) + pod["spec"]["containers"]
        names = [one.get("valueFrom", {}).get("secretKeyRef", {}).get("key") for c in containers for one in c.get("env", [])]
        if key not in names or pod["metadata"]["name"] == os.environ.get("HOSTNAME"):
            return False
        if pod["metadata"].get("annotations", {}).get(ANNOTATION) == number:
            return False
        # Jobs are not restarted; one that began later has the new login.
        job = any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", []))
        return not job or seconds(pod["metadata"]["creationTimestamp"]) <= self.switched

    def rolled_out(self):
        for name in self.workloads:
            found = self.kubernetes.request("GET", f"{self.apps}/{name}")
            status, wanted = found.get("status", {}), found["spec"].get("replicas", 1)
            current = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
            if not current or min(status.get("updatedReplicas", 0), status.get("availableReplicas", 0)) < wanted:
                return name
        return None


def settle(secret, server, pods):
    """Brings everything to the newest version, and closes the other login."""
    login = secret.newest
    if len(secret.versions) == 1:
        if not pods.has(login):
            pods.hand_over(login)
            pods.restart(f"{secret.number}-{int(time.time())}")
            log("the Secret had another login than the newest version, and the pods start anew")
        return
    waited = time.time() - secret.created
    delay = float(os.environ["DELAY_SECONDS"])
    if waited < delay:
        time.sleep(delay - waited)
    pods.hand_over(login)
    pods.restart(secret.number)
    while True:
        waiting = pods.rolled_out()
        old = [] if waiting else pods.old(secret.number)
        if not waiting and not old:
            break
        log(f"waiting for {waiting or ', '.join(old)}")
        time.sleep(PAUSE)
    other = server.second if login["user"] == server.owner else server.owner
    server.set_password(other, None)
    secret.disable_older()
    log(f"version {secret.number}: {login['user']} is the login of all pods, and {other} has no password any more")


def rotate(secret, server):
    user = server.second if secret.newest["user"] == server.owner else server.owner
    length = int(os.environ["PASSWORD_LENGTH"])
    password, rotator = ("".join(secrets.choice(ALPHABET) for _ in range(length)) for _ in range(2))
    server.set_password(user, password)
    if not server.works(user, password):
        fail(f"{user} has a new password, and the server refuses it; {secret.newest['user']} stays the login")
    secret.add({"user": user, "password": password, "rotator": rotator})
    server.set_password(server.rotator, rotator)
    log(f"version {secret.number}: {user} has a new password")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["prepare"])
    what = parser.parse_args().what
    try:
        secret = Secret()
        server = Server(secret)
        if what == "prepare":
            server.prepare()
            return
        pods = Pods()
        settle(secret, server, pods)
        now = os.environ.get("HOSTNAME", "").startswith("rotate-now-")
        due = secret.created + float(os.environ["PERIOD_SECONDS"]) - time.time()
        if due > 0 and not now:
            log(f"version {secret.number} is in use; the next one is due in {int(due)} seconds")
            return
        rotate(secret, server)
        settle(secret, server, pods)
    except Refusal as refusal:
        fail(f"refused: {refusal}. Nothing is lost: the next run goes on from here")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs SQL files of a bucket against the application's database, each content once, in the order of their names.

Each file is one transaction, with its entry in the ledger (custom_sql.ledger). A file with a statement that cannot be in one, such as
CREATE INDEX CONCURRENTLY or VACUUM, runs statement by statement, and the ledger counts them: it goes on behind the
last one. The first error ends the run: file and line go to the log, and to the ConfigMap that Terraform reads. The exit code is 3 then:
to try again is for the next apply.

Environment:
  SCRIPTS           file of JSON: [{"name": "sql/01.sql", "link": "https://…generation=1"}, …], as a plan has seen them
  SCRIPTS_BUCKET    the bucket
  DB_HOST, DB_PORT, DB_NAME, DB_USER, PGPASSWORD, and every variable of libpq
  DB_ADMINISTRATOR  a user with Cloud SQL's rights on the instance, as which the files run; it gives them back once all of
                    them ran
  DB_ADMINISTRATOR_PASSWORD
  DB_ADMINISTRATOR_HOST, DB_ADMINISTRATOR_CERTIFICATE  where that user gets in, if DB_HOST takes no passwords, and the authority of the
                    server there (default: as the application's user does)
  OUTCOME           ConfigMap for the outcome
"""

import argparse
import hashlib
import json
import os
import re
import secrets
import sys
import time
import urllib.parse

import psycopg2
import psycopg2.errors
from psycopg2.sql import SQL, Identifier

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster_api import Google, Kubernetes, Refusal  # noqa: E402
from sql_statements import Refused, statements  # noqa: E402

ADMINISTRATORS = "cloudsqlsuperuser"
# Another run of the same files would end in the same way.
STOPPED = 3
LARGEST = 16 * 2**20
WAIT_SECONDS = float(os.environ.get("DB_WAIT_SECONDS", "300"))
# What one waits for holds up everybody who comes later. A file may set another limit.
OPTIONS = "-c lock_timeout=30s -c standard_conforming_strings=on"
# "… cannot run inside a transaction block", and COMMIT in a procedure.
WITHOUT_TRANSACTION = ("25001", "2D000")

LEDGER = """
CREATE SCHEMA IF NOT EXISTS custom_sql;
CREATE TABLE IF NOT EXISTS custom_sql.ledger (
  checksum text PRIMARY KEY,
  name text NOT NULL,
  generation text NOT NULL,
  ran_by text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Empty while statements of a file without a transaction are left.
  ended_at timestamptz,
  statements integer NOT NULL
);
"""


class Stopped(Exception):
    """The first error: what goes to the log and to Terraform."""


def log(message):
    print(f"custom-sql: {message}", flush=True)


class File:
    def __init__(self, name, link, content):
        self.name = name
        self.generation = re.search(r"generation=(\d+)|$", link).group(1) or ""
        self.checksum = hashlib.sha256(content).hexdigest()
        self.statements = self._statements(content)

    def _statements(self, content):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise Stopped(f"{self.name}:{line}: this is not UTF-8. Save the file as UTF-8") from None
        if "\0" in text:
            raise Stopped(f"{self.name}:{text[: text.index(chr(0))].count(chr(10)) + 1}: a NUL is not text")
        try:
            return statements(text)
        except Refused as refused:
            raise Stopped(f"{self.name}:{refused.line}: {refused.why}") from None


def fetch(google, bucket, name, link):
    """The generation that the plan has seen: what somebody put there since is for the next one."""
    query = {"alt": "media"}
    generation = re.search(r"generation=(\d+)", link)
    if generation:
        query["generation"] = generation.group(1)
    api = os.environ.get("STORAGE_API", "https://storage.googleapis.com")
    place = f"{urllib.parse.quote(bucket, safe='')}/o/{urllib.parse.quote(name, safe='')}"
    try:
        content = google.request("GET", f"{api}/storage/v1/b/{place}?{urllib.parse.urlencode(query)}")
    except Refusal as refusal:
        if refusal.status == 404:
            raise Stopped(f"{name}: replaced or deleted since the plan. Plan and apply again") from None
        raise Stopped(f"{name}: Cloud Storage answered {refusal}") from None
    if len(content) > LARGEST:
        raise Stopped(f"{name}: {len(content)} bytes, and a file may have {LARGEST}. Split it, or import the data")
    return content


class Closed(Exception):
    """The database is not open to this user."""


def connect(user, password, host=None, certificate=None):
    """@param certificate of the server's authority, which has to have signed its certificate (default: PGSSLMODE counts)"""
    verified = {"sslmode": "verify-ca", "sslrootcert": certificate} if certificate else {}
    start = time.monotonic()
    while True:
        try:
            # Variables of libpq, such as PGSSLMODE, count as well.
            return psycopg2.connect(
                host=host or os.environ["DB_HOST"],
                port=os.environ.get("DB_PORT", "5432"),
                dbname=os.environ["DB_NAME"],
                user=user,
                password=password,
                application_name="custom-sql",
                connect_timeout=10,
                options=OPTIONS,
                **verified,
            )
        except psycopg2.OperationalError as error:
            reason = str(error).strip().split("\n")[0]
            if "permission denied" in reason or "authentication failed" in reason:
                raise Closed(f"no connection as {user}: {reason}") from None
            if "does not exist" in reason or time.monotonic() - start > WAIT_SECONDS:
                raise SystemExit(f"custom-sql: error: no connection as {user}: {reason}") from None
            log(f"waiting for the database: {reason}")
            time.sleep(2)


def connect_administrator(user):
    environment = os.environ.get
    password, host = os.environ["DB_ADMINISTRATOR_PASSWORD"], environment("DB_ADMINISTRATOR_HOST")
    return connect(user, password, host, environment("DB_ADMINISTRATOR_CERTIFICATE"))


def described(file, statement, error):
    diagnosis = error.diag
    line = statement.line
    if diagnosis.statement_position:
        line += statement.text[: int(diagnosis.statement_position) - 1].count("\n")
    message = diagnosis.message_primary or str(error).strip().split("\n")[0]
    hint = f" ({diagnosis.message_hint})" if diagnosis.message_hint else ""
    context = (diagnosis.context or "").split("\n")[0]
    return f"{file.name}:{line}: {message}{hint}{f', in {context}' if context else ''}"


class Runner:
    """The files of one run, as the application's user, or as an administrator who hands over what it makes."""

    def __init__(self, owner, administrator):
        self.owner = owner
        self.ledger = connect(owner, os.environ["PGPASSWORD"])
        self.ledger.autocommit = True
        with self.ledger.cursor() as cursor:
            # Two runs at a time would run the same file twice.
            cursor.execute("SELECT pg_advisory_lock(hashtext('custom_sql'))")
            cursor.execute("SELECT to_regclass('custom_sql.ledger') IS NULL")
            if cursor.fetchone()[0]:
                cursor.execute(LEDGER)
            # A login of the application's may stand for the role that owns the database.
            cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
            self.owner = cursor.fetchone()[0]
        self.administrator = administrator

    def entry(self, file):
        with self.ledger.cursor() as cursor:
            cursor.execute("SELECT statements, ended_at FROM custom_sql.ledger WHERE checksum = %s", (file.checksum,))
            return cursor.fetchone() or (0, None)

    def session(self):
        if not self.administrator:
            return connect(os.environ["DB_USER"], os.environ["PGPASSWORD"])
        session = connect_administrator(self.administrator)
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", (self.owner,))
            if not cursor.fetchone()[0]:
                try:
                    cursor.execute(SQL("GRANT {} TO CURRENT_USER").format(Identifier(self.owner)))
                except psycopg2.errors.InsufficientPrivilege as error:
                    raise Stopped(
                        f"{self.administrator} cannot become a member of {self.owner}: {error.diag.message_primary}."
                        " From PostgreSQL 16 on Cloud SQL makes it one, or an administrator. Set custom_sql_scripts_use_root = false"
                    ) from None
        return session

    def run(self, file):
        done, ended = self.entry(file)
        if ended:
            log(f"{file.name}: ran at {ended:%Y-%m-%d %H:%M:%S} already")
            return
        session = self.session()
        try:
            if done or not self.in_transaction(session, file):
                self.one_by_one(session, file, done)
        finally:
            session.close()
        log(f"{file.name}: {len(file.statements)} statements ran")

    def in_transaction(self, session, file):
        """Fails where a statement cannot be in a transaction; then nothing of the file has happened."""
        session.autocommit = False
        with session.cursor() as cursor:
            for statement in file.statements:
                try:
                    cursor.execute(statement.text)
                except psycopg2.Error as error:
                    session.rollback()
                    # Of SET TRANSACTION, which came too late, the server says the same.
                    if error.pgcode in WITHOUT_TRANSACTION and not re.match("set", statement.text, re.IGNORECASE):
                        log(f"{file.name}:{statement.line}: cannot be in a transaction, so the file runs without one")
                        return False
                    raise Stopped(described(file, statement, error)) from None
            try:
                self.settle(cursor)
                self.note(cursor, file, len(file.statements))
                session.commit()
            except psycopg2.Error as error:
                # Constraints that are checked at the end.
                raise Stopped(described(file, file.statements[-1], error)) from None
        return True

    def one_by_one(self, session, file, done):
        session.rollback()
        session.autocommit = True
        with session.cursor() as cursor:
            if done:
                log(f"{file.name}: goes on behind its first {done} statements, which ran before")
            for number, statement in enumerate(file.statements[done:], done + 1):
                try:
                    cursor.execute(statement.text)
                except psycopg2.Error as error:
                    self.settle(cursor)
                    raise Stopped(
                        f"{described(file, statement, error)}. What stands before it in this file has happened, and is"
                        " not run again as long as the file is the same"
                    ) from None
                with self.ledger.cursor() as ledger:
                    self.note(ledger, file, number)
            self.settle(cursor)

    def settle(self, cursor):
        """What a file made belongs to the application; a role that it took on is left."""
        cursor.execute("RESET SESSION AUTHORIZATION; RESET ROLE")
        if self.administrator:
            cursor.execute(SQL("REASSIGN OWNED BY CURRENT_USER TO {}").format(Identifier(self.owner)))
            # Rights that it was granted would keep it from being deleted.
            cursor.execute("DROP OWNED BY CURRENT_USER")

    def note(self, cursor, file, number):
        ended = "clock_timestamp()" if number == len(file.statements) else "NULL"
        cursor.execute(
            "INSERT INTO custom_sql.ledger AS l (checksum, name, generation, ran_by, ended_at, statements)"
            f" VALUES (%s, %s, %s, session_user, {ended}, %s) ON CONFLICT (checksum)"
            " DO UPDATE SET ended_at = excluded.ended_at, statements = excluded.statements",
            (file.checksum, file.name, file.generation, number),
        )

    def give_back(self):
        """As db-init does for the application's user: nothing keeps rights on the whole instance."""
        user = Identifier(self.administrator)
        try:
            session = connect_administrator(self.administrator)
        except Closed:
            # It did so before: it has no password any more, or the database is open to members of that role alone.
            return
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user")
            if not cursor.fetchone()[0]:
                cursor.execute("SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", (ADMINISTRATORS,))
                if cursor.fetchone() != (True,):
                    return
                cursor.execute(SQL("SET ROLE {}").format(Identifier(ADMINISTRATORS)))
            try:
                cursor.execute(
                    SQL("REVOKE {}, {} FROM {}; ALTER ROLE {} NOCREATEROLE NOCREATEDB").format(
                        Identifier(self.owner), Identifier(ADMINISTRATORS), user, user
                    )
                )
                log(f"{self.administrator} gave back its rights on the instance")
            except psycopg2.errors.InsufficientPrivilege:
                # From PostgreSQL 16 on nobody takes a role from itself. Without a password, it is let in nowhere.
                cursor.execute("RESET ROLE")
                cursor.execute(SQL("ALTER ROLE {} PASSWORD NULL").format(user))
                log(f"{self.administrator} has no password any more")
        session.close()


def run():
    with open(os.environ["SCRIPTS"], encoding="utf-8") as file:
        listed = json.load(file)
    google, bucket = Google(), os.environ["SCRIPTS_BUCKET"]
    # As bytes, not as words of a language.
    listed = sorted(listed, key=lambda one: one["name"].encode())
    # All of them before the first one runs: an error in the last file's text is known before anything has happened.
    files = [File(one["name"], one["link"], fetch(google, bucket, one["name"], one["link"])) for one in listed]
    runner = Runner(os.environ["DB_USER"], os.environ.get("DB_ADMINISTRATOR"))
    for file in files:
        runner.run(file)
    if runner.administrator:
        runner.give_back()
    log(f"{len(files)} files of gs://{bucket} are in the ledger")


def tell(outcome):
    """A new number makes the next apply try again; after a run that ended well, none is wanted."""
    if os.environ.get("OUTCOME"):
        data = {"error": outcome}
        if outcome:
            data["attempt"] = secrets.token_hex(4)
        Kubernetes().patch_config_map(os.environ["OUTCOME"], data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    try:
        run()
    except Closed as closed:
        print(f"custom-sql: error: {closed}", file=sys.stderr, flush=True)
        return 1
    except Stopped as stopped:
        print(f"custom-sql: error: {stopped}", file=sys.stderr, flush=True)
        tell(str(stopped))
        return STOPPED
    tell("")
    return 0


if __name__ == "__main__":
    sys.exit(main())

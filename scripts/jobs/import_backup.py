#!/usr/bin/env python3
"""Imports a backup of a Dify into the databases of a new deployment, once.

The whole backup is read and checked before anything is changed. Each database is then filled in one transaction, which also
notes what was imported: a run that is broken off leaves the database as it was, and the next one goes on with what is missing.
A backup that was imported is never imported again, and a database that has data is left alone, unless REPLACE_ALL_DATA names the
content (the file's SHA-256) that is to take its place.

Environment:
  DB_HOST DB_PORT DB_USER DB_NAME PGPASSWORD  the main database, as its owner
  ADDITIONAL_DATABASES   the plugin daemon's, separated by spaces
  BACKUP_SOURCE          gcs or gdrive
  BACKUP_BUCKET BACKUP_OBJECT  for gcs
  BACKUP_FILE_ID         for gdrive
  BACKUP_FORMAT          sql, tar, gz, tgz, tar.gz, zip or auto
  REPLACE_ALL_DATA       SHA-256 of a backup that takes the place of all data (default: none)
"""

import argparse
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator

from backup_source import Backup, Local, Refused, drive_file, storage_object
from dump_files import Budget, Dump, counted, dumps
from dump_sql import OWN_SCHEMA, Script
from postgres_clients import (
    databases,
    ended_badly,
    environment,
    literal,
    patiently,
    program,
    psql,
    query,
    settings_from_environment,
)

# Names of Dify's databases elsewhere (docker/.env.example, DB_DATABASE and DB_PLUGIN_DATABASE).
USUAL_MAIN = ("dify", "dify_db")
USUAL_PLUGIN = ("dify_plugin",)

# What a user of the database has made: whatever is not PostgreSQL's own, an extension's, or the note of imports. An identity column's
# sequence goes with its table.
OBJECTS = f"""
  SELECT pg_catalog.format('DROP %s IF EXISTS %I.%I CASCADE',
    CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, nspname, relname) AS statement, 1 AS place
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '{OWN_SCHEMA}')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('e', 'i'))
  UNION ALL
  SELECT pg_catalog.format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure), 2
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '{OWN_SCHEMA}')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
  UNION ALL
  SELECT pg_catalog.format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype), 3
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE typtype IN ('d', 'e', 'r') AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '{OWN_SCHEMA}')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
  UNION ALL
  SELECT pg_catalog.format('DROP SCHEMA IF EXISTS %I CASCADE', nspname), 4
  FROM pg_catalog.pg_namespace n
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public', '{OWN_SCHEMA}')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e')
"""


def log(message: str) -> None:
    print(f"import-backup: {message}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", nargs="+", metavar="FILE", help="only say whether files on this disk could be imported")
    parser.add_argument("--format", default="auto", help="with --check: what backup_format would be (default: auto)")
    return parser.parse_args()


def script_of(dump: Dump, budget: Budget) -> tuple[Script, list[str]]:
    """@returns the SQL of a dump, and what went wrong with making it, once it has been read"""
    if dump.kind == "sql":
        return Script(dump.name, dump.stream), []
    process = subprocess.Popen(
        [*program("pg_restore"), "--no-owner", "--no-acl", "--file=-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(""),
    )
    problems: list[str] = []

    def feed() -> None:
        try:
            while data := dump.stream.read(2**20):
                process.stdin.write(data)
        except BrokenPipeError:
            pass
        except Refused as error:
            problems.append(str(error))
            process.kill()
        finally:
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass

    def whole(stream) -> Iterator[bytes]:
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        try:
            yield from stream
            feeder.join()
            said = process.stderr.read().decode("utf-8", "replace").strip()
            if problems:
                raise Refused(problems[0])
            if process.wait() != 0:
                newer = " Make a plain one: pg_dump --format=plain." if "unsupported version" in said else ""
                raise Refused(f"{dump.name} cannot be read by pg_restore: {said}{newer}")
        finally:
            process.kill()
            process.wait()

    return Script(dump.name, whole(counted(process.stdout, budget))), problems


def target(script: Script, name: str | None, connects: list[str], known: list[str]) -> str | None:
    """@returns the database here for one of a dump; None: it is left out"""
    main, others = known[0], known[1:]
    if name is None:
        if connects:
            return None
        return others[0] if others and "plugin" in script.name.rsplit("/", 1)[-1].lower() else main
    if name in known:
        return name
    if name in USUAL_MAIN:
        return main
    if name in USUAL_PLUGIN and others:
        return others[0]
    return None


class Content:
    """What a backup holds, by database here."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.tables: dict[str, int] = {}
        self.extensions: dict[str, set[str]] = {}
        # By dump: the databases that it connects to.
        self.connects: list[list[str]] = []


def examine(backup: Backup, expected: str, known: list[str]) -> Content:
    """Reads all of it, and refuses what could not be imported."""
    content = Content()
    budget = Budget(backup.size)
    ignored: set[str] = set()
    for dump in dumps(backup, expected, log):
        script, _ = script_of(dump, budget)
        for _ in script.parts():
            pass
        content.connects.append(script.connects)
        for what, count in sorted(script.left_out.items()):
            log(f"{dump.name}: left out: {what} ({count})")
        for name in dict.fromkeys([None, *script.connects]):
            database = target(script, name, script.connects, known)
            tables, rows = script.tables[name], script.rows[name]
            if database is None:
                if name is not None and (tables or rows):
                    ignored.add(name)
                continue
            if tables == 0 and rows == 0 and script.connects:
                continue
            if database in content.rows:
                raise Refused(
                    f"the backup holds more than one dump for database '{database}', the second one in {dump.name}: which one "
                    "counts is not known. Give an archive with one of each."
                )
            content.rows[database] = rows
            content.tables[database] = tables
            content.extensions[database] = script.extensions.get(name, set())
    for name in sorted(ignored):
        log(f"database '{name}' of the backup is none of Dify's by its name, and is left out")
    if content.tables.get(known[0], 0) == 0:
        found = f" It has the databases {', '.join(sorted(ignored))}." if ignored else ""
        raise Refused(
            f"{backup.address} holds no table for the main database '{known[0]}'.{found} Dify would start without its data. Give a "
            f"dump of Dify's own database, or in a dump of a whole server one named {' or '.join((*USUAL_MAIN, known[0]))}."
        )
    for database in known:
        if database in content.rows:
            log(f"for database '{database}': {content.tables[database]} tables, {content.rows[database]} rows")
        else:
            log(f"for database '{database}': nothing; it stays as it is")
    return content


def checksum(backup: Backup) -> str:
    digest = hashlib.sha256()
    with backup.open() as stream:
        while data := stream.read(2**20):
            digest.update(data)
    return digest.hexdigest()


class State:
    """What a database has before the import."""

    def __init__(self, database: str) -> None:
        found = query(
            database,
            f"""
            SELECT pg_catalog.to_regclass('{OWN_SCHEMA}.ledger') IS NOT NULL AS noted \\gset
            SELECT count(*) FROM ({OBJECTS}) AS objects;
            SELECT pg_catalog.json_agg(extname) FROM pg_catalog.pg_extension;
            \\if :noted
            SELECT pg_catalog.json_build_array(sha256, part, address, finished_at) FROM {OWN_SCHEMA}.ledger ORDER BY finished_at DESC;
            \\endif
            """,
        )
        count, extensions, *notes = found.splitlines()
        self.objects = int(count)
        self.extensions: set[str] = set(json.loads(extensions))
        self.notes: list[list[str]] = [json.loads(note) for note in notes]

    def imported(self, part: str, sha256: str = "", address: str = "") -> str:
        """@returns when, or nothing"""
        return next(
            (when for sha, of, where, when in self.notes if of == part and (sha == sha256 or (address and where == address))), ""
        )


def extensions_ready(database: str, needed: set[str]) -> None:
    for name in sorted(needed):
        try:
            query(database, 'SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS :"name";', name=name)
        except Refused as error:
            raise Refused(
                f"the backup needs extension '{name}', which database '{database}' does not have: its tables could not be made. "
                f'Add it to postgres_extensions, with enable_postgres_extensions = true, and apply again. ({error})'
            ) from error
        log(f"database '{database}': extension '{name}' created")


LEDGER = f"""
CREATE SCHEMA IF NOT EXISTS {OWN_SCHEMA};
CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.ledger (
  sha256 text NOT NULL, part text NOT NULL, address text NOT NULL, version text NOT NULL, bytes bigint NOT NULL,
  tables integer NOT NULL, rows bigint NOT NULL, replaced boolean NOT NULL, finished_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sha256, part));
"""


def beginning(sha256: str, replace: bool) -> str:
    """What happens first in the transaction: nobody else imports at the same time, and nothing is there, or nothing any more."""
    action = "EXECUTE found.statement;" if replace else "RAISE EXCEPTION 'the database got data in the meantime';"
    return f"""
SET client_min_messages = warning;
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('{OWN_SCHEMA}'));
{LEDGER}
CREATE TEMPORARY TABLE import_backup_guard ON COMMIT DROP AS SELECT 1 AS one;
DO $import$ DECLARE found record; BEGIN
  IF EXISTS (SELECT FROM {OWN_SCHEMA}.ledger WHERE sha256 = {literal(sha256)} AND part = 'database') THEN
    RAISE EXCEPTION 'imported by another run in the meantime';
  END IF;
  SET LOCAL lock_timeout = '60s';
  SET LOCAL client_min_messages = error;
  FOR found IN SELECT statement FROM ({OBJECTS}) AS objects ORDER BY place LOOP {action} END LOOP;
END $import$;
SET LOCAL search_path = public;
"""


def note(backup: Backup, sha256: str, part: str, tables: int, rows: int, replaced: bool, source: str = "") -> str:
    values = (literal(sha256), literal(part), literal(backup.address), literal(backup.version), str(backup.size))
    return (
        f"INSERT INTO {OWN_SCHEMA}.ledger (sha256, part, address, version, bytes, tables, rows, replaced) "
        f"SELECT {', '.join(values)}, {tables}, {rows}, {'true' if replaced else 'false'} {source} ON CONFLICT DO NOTHING;"
    )


def load(backup: Backup, database: str, parts: Iterator[bytes], first: str, last: str) -> None:
    # Nothing in the stream can leave psql: its own commands are off from here on, whatever the reader of the SQL overlooked.
    token = secrets.token_hex(16)
    mark = f"\n;SELECT pg_catalog.set_config('{OWN_SCHEMA}.whole', '{token}', true);\n"
    # psql cannot tell the end of its input from the end of whoever writes it: what lacks its end is not committed.
    whole = (
        f"DO $whole$ BEGIN IF pg_catalog.current_setting('{OWN_SCHEMA}.whole', true) IS DISTINCT FROM '{token}' THEN "
        "RAISE EXCEPTION 'what wrote the backup into it has ended in the middle'; END IF; END $whole$;"
    )
    orders = ["--single-transaction", f"--command={first}", f"--command=\\restrict {secrets.token_hex(16)}", "--file=-", f"--command={whole}{last}", "--command=ANALYZE;"]
    process = subprocess.Popen(
        psql(*orders), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(database)
    )
    said: list[bytes] = []
    listener = threading.Thread(target=lambda: said.append(process.stderr.read()), daemon=True)
    listener.start()
    try:
        for data in parts:
            process.stdin.write(data)
        process.stdin.write(mark.encode())
        process.stdin.close()
    except BrokenPipeError:
        pass
    except BaseException:
        # Before its input ends: it would commit what it has.
        process.kill()
        process.wait()
        raise
    code = process.wait()
    listener.join()
    if code != 0:
        lines = b"".join(said).decode("utf-8", "replace").strip()
        raise Refused(f"database '{database}' refuses the backup, and is as it was before: {lines}")


def import_all(backup: Backup, expected: str, states: dict[str, State], content: Content, sha256: str, replace: bool) -> None:
    known = list(states)
    budget = Budget(backup.size)
    for connects, dump in zip(content.connects, dumps(backup, expected, lambda _: None), strict=True):
        script, _ = script_of(dump, budget)
        parts = script.parts()
        pending = next(parts, None)
        while pending is not None:
            name = pending[0]
            database = target(script, name, connects, known)

            def section() -> Iterator[bytes]:
                nonlocal pending
                while pending is not None and pending[0] == name:
                    yield pending[1]
                    pending = next(parts, None)

            if database is None or database not in content.rows or states[database].imported("database", sha256):
                for _ in section():
                    pass
                continue
            tables, rows = content.tables[database], content.rows[database]
            first = beginning(sha256, replace)
            last = note(backup, sha256, "database", tables, rows, replace, "FROM pg_temp.import_backup_guard")
            load(backup, database, section(), first, last)
            log(f"database '{database}': imported, {tables} tables with {rows} rows")


def source() -> Backup:
    kind = os.environ.get("BACKUP_SOURCE", "gcs")
    if kind == "gdrive":
        return drive_file(os.environ["BACKUP_FILE_ID"])
    return storage_object(os.environ["BACKUP_BUCKET"], os.environ["BACKUP_OBJECT"])


def run() -> None:
    settings_from_environment()
    expected = os.environ.get("BACKUP_FORMAT", "auto")
    replace = os.environ.get("REPLACE_ALL_DATA", "").lower()
    if replace and not re.fullmatch(r"[0-9a-f]{64}", replace):
        raise Refused(f"REPLACE_ALL_DATA is '{replace}', which is no SHA-256 of a file")
    known = databases()
    states = {database: patiently(lambda chosen=database: State(chosen), log) for database in known}
    main = states[known[0]]
    if replace and main.imported("all", replace):
        log(f"the backup with SHA-256 {replace} was imported at {main.imported('all', replace)}: nothing to do")
        return
    backup = source()
    log(f"{backup.address}: {backup.size} bytes, version {backup.version}")
    before = "" if replace else main.imported("all", address=backup.address)
    if before:
        log(f"{backup.address} was imported at {before}: nothing to do, whatever it holds now")
        return
    sha256 = checksum(backup)
    log(f"SHA-256 {sha256}")
    if replace and replace != sha256:
        raise Refused(
            f"all data is to be replaced by the backup with SHA-256 {replace}, and that of {backup.address} is {sha256}: it is another "
            "one. Nothing is changed."
        )
    before = main.imported("all", sha256)
    if before:
        log(f"this content was imported at {before}, from another place: nothing to do")
        return
    for database, state in states.items():
        if state.objects > 0 and not replace and not state.imported("database", sha256):
            raise Refused(
                f"database '{database}' has {state.objects} tables and other objects of its own, and the import would overwrite them. "
                f'Nothing is changed. To delete all data and import: replace_all_data_with_backup_sha256 = "{sha256}". To keep it: '
                "enable_backup_import = false."
            )
    content = examine(backup, expected, known)
    for database, needed in content.extensions.items():
        extensions_ready(database, needed - states[database].extensions)
    import_all(backup, expected, states, content, sha256, bool(replace))
    everything = note(backup, sha256, "all", sum(content.tables.values()), sum(content.rows.values()), bool(replace))
    query(known[0], LEDGER + everything)
    log("done")


def check(files: list[str], expected: str) -> int:
    worst = 0
    for file in files:
        try:
            examine(Local(file), expected, ["dify_db", "dify_plugin"])
            print(f"{file}: can be imported, SHA-256 {checksum(Local(file))}", flush=True)
        except (Refused, OSError) as error:
            print(f"{file}: refused: {error}", flush=True)
            worst = 1
    return worst


def main() -> None:
    given = arguments()
    if given.check:
        sys.exit(check(given.check, given.format))
    try:
        run()
    except (Refused, KeyError) as error:
        ended_badly("import-backup", error)


if __name__ == "__main__":
    main()

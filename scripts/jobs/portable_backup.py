#!/usr/bin/env python3
"""Writes a backup of all databases and of the shared files to a bucket, without stopping anything and without a disk.

Each database is dumped from one snapshot, with which its rows are counted as well. The manifest comes last: a backup without
one is not whole.

Environment:
  DB_HOST DB_PORT DB_USER DB_NAME PGPASSWORD  the main database
  ADDITIONAL_DATABASES  more databases of the same user, separated by spaces
  BACKUP_BUCKET         where backups go: this only has to be allowed to create objects
  RELEASE               of Dify
  SHARE                 directory with the shared files (default: there is none)
  MOMENT                of which moment the databases are, if they are a copy's (default: now)
"""

import argparse
import io
import json
import os
import subprocess
import tarfile
import time
import urllib.error

from backup_source import Google, Refused
from backup_store import Upload
from postgres_clients import databases, ended_badly, environment, patiently, program, psql, query, settings_from_environment

FORMAT = 1
# What the import of a backup notes is of this database, and not of what is in it.
NOT_DUMPED = "backup_import"
COUNTS = f"""
SELECT pg_catalog.format('SELECT pg_catalog.json_build_array(%L, count(*)) FROM %I.%I;', nspname || '.' || relname, nspname, relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE relkind IN ('r', 'm') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '{NOT_DUMPED}')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
ORDER BY nspname, relname \\gexec
"""


def log(message: str) -> None:
    print(f"portable-backup: {message}", flush=True)


class Snapshot:
    """A moment of a database, for as long as this is open."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.process = subprocess.Popen(
            psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(database)
        )
        (self.name,) = self.ask("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT pg_catalog.pg_export_snapshot();")

    def ask(self, sql: str) -> list[str]:
        mark = "-- that was all --"
        lines: list[str] = []
        try:
            self.process.stdin.write(f"{sql}\n\\echo {mark}\n")
            self.process.stdin.flush()
            while (line := self.process.stdout.readline().rstrip("\n")) != mark:
                if line == "" and self.process.poll() is not None:
                    raise BrokenPipeError
                lines.append(line)
        except BrokenPipeError as error:
            raise Refused(f"database '{self.database}': {self.process.stderr.read().strip()}") from error
        return lines

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def dump(google: Google, bucket: str, place: str, database: str, role: str) -> dict:
    snapshot = Snapshot(database)
    try:
        command = ["--format=custom", f"--snapshot={snapshot.name}", f"--exclude-schema={NOT_DUMPED}", "--no-password"]
        # A migration that has the lock of a table is let through first; it would wait for the whole dump otherwise.
        command.append("--lock-wait-timeout=10min")
        process = subprocess.Popen(
            [*program("pg_dump"), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(database)
        )
        name = f"{place}/{role}.dump"
        try:
            upload = Upload(google, bucket, name)
            while data := process.stdout.read(2**20):
                upload.write(data)
            said = process.stderr.read().decode("utf-8", "replace").strip()
            if process.wait() != 0:
                raise Refused(f"database '{database}' cannot be dumped: {said}")
            written = upload.close()
        finally:
            process.kill()
            process.wait()
        tables = dict(json.loads(line) for line in snapshot.ask(COUNTS) if line)
        (extensions,) = snapshot.ask("SELECT pg_catalog.json_object_agg(extname, extversion) FROM pg_catalog.pg_extension;")
        (server,) = snapshot.ask("SELECT pg_catalog.current_setting('server_version');")
        revision = snapshot.ask("SELECT version_num FROM public.alembic_version;") if "public.alembic_version" in tables else []
    finally:
        snapshot.close()
    log(f"database '{database}': {written['bytes']} bytes, {len(tables)} tables with {sum(tables.values())} rows")
    return {
        "role": role,
        "database": database,
        "object": name,
        **written,
        "server": server,
        "extensions": json.loads(extensions),
        "revision": ",".join(sorted(revision)),
        "tables": tables,
    }


class Exactly(io.RawIOBase):
    """A file that is as long as it was when it was looked at: others may go on writing it."""

    def __init__(self, file, size: int) -> None:
        self.file = file
        self.left = size

    def read(self, amount: int = -1) -> bytes:
        amount = self.left if amount < 0 else min(amount, self.left)
        data = self.file.read(amount)
        data += bytes(amount - len(data))
        self.left -= len(data)
        return data


def files(google: Google, bucket: str, place: str, share: str) -> dict:
    name = f"{place}/share.tar.gz"
    upload = Upload(google, bucket, name)
    count = unpacked = 0
    unread: list[str] = []
    with tarfile.open(fileobj=upload, mode="w|gz", format=tarfile.PAX_FORMAT, bufsize=2**20) as archive:
        for directory, subdirectories, names in os.walk(share, onerror=lambda error: unread.append(str(error))):
            subdirectories.sort()
            for each in sorted([*subdirectories, *names]):
                path = os.path.join(directory, each)
                try:
                    member = archive.gettarinfo(path, os.path.relpath(path, share))
                    if member is None:
                        # A socket.
                        continue
                    # A second name of a file is a file of its own: the first one may be gone when it is restored.
                    if member.islnk():
                        member.type, member.linkname, member.size = tarfile.REGTYPE, "", os.path.getsize(path)
                    if member.isreg():
                        with open(path, "rb") as file:
                            archive.addfile(member, Exactly(file, member.size))
                        count += 1
                        unpacked += member.size
                    else:
                        archive.addfile(member)
                except FileNotFoundError:
                    continue
                except PermissionError as error:
                    unread.append(str(error))
    if unread:
        raise Refused(f"{len(unread)} of the shared files cannot be read, the first: {unread[0]}")
    written = upload.close()
    log(f"shared files: {count} files, {written['bytes']} bytes")
    return {"object": name, **written, "files": count, "unpacked": unpacked}


def run() -> None:
    settings_from_environment("BACKUP_BUCKET", "RELEASE")
    bucket = os.environ["BACKUP_BUCKET"]
    started = time.gmtime()
    place = os.environ.get("BACKUP_NAME") or time.strftime("%Y-%m-%dT%H%M%SZ", started)
    google = Google()
    patiently(lambda: query(databases()[0], "SELECT 1;"), log)
    roles = ["main", "plugin", *(f"other-{number}" for number in range(1, 100))]
    dumps = [dump(google, bucket, place, database, role) for role, database in zip(roles, databases(), strict=False)]
    share = os.environ.get("SHARE", "")
    moment = os.environ.get("MOMENT", "")
    manifest = {
        "format": FORMAT,
        "name": place,
        "started": moment or time.strftime("%Y-%m-%dT%H:%M:%SZ", started),
        "release": os.environ["RELEASE"],
        "databases": dumps,
        "share": files(google, bucket, place, share) if share else None,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    upload = Upload(google, bucket, f"{place}/manifest.json")
    upload.write(json.dumps(manifest, indent=1, sort_keys=True).encode())
    upload.close()
    # An alert counts the second one.
    log(f"of {moment}: gs://{bucket}/{place}/manifest.json" if moment else f"done: gs://{bucket}/{place}/manifest.json")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        run()
    except urllib.error.HTTPError as error:
        ended_badly("portable-backup", Refused(f"{error.code} {error.reason} from {error.url}: the job's identity needs storage.objects.create there"))
    except (Refused, OSError) as error:
        ended_badly("portable-backup", error)


if __name__ == "__main__":
    main()

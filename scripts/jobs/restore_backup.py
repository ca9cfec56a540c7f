#!/usr/bin/env python3
"""Brings the databases and the shared files of a deployment to a portable backup.

Everything is checked before anything is changed: that the backup is whole and is what its manifest says, that it is of the release
that runs here, that its extensions are there, and that nobody uses the databases. Each database is then replaced in one
transaction, which is only kept if the rows of every table are as many as the manifest says. An interrupted run leaves
each database as it was or as it should be, and can be run again.

Environment:
  DB_HOST DB_PORT DB_USER DB_NAME PGPASSWORD  the main database, as its owner
  ADDITIONAL_DATABASES  more databases of the same user, separated by spaces
  BACKUP_BUCKET         where backups are
  BACKUP_NAME           which: the name of its folder (default: all are listed, and nothing is done)
  RELEASE               of Dify here
  SHARE                 directory for the shared files (default: there is none)
  FILES_FROM            the backup whose shared files are restored (default: BACKUP_NAME)
  CHECK_ONLY            anything: says whether it fits, even if the databases are in use, and changes nothing
  MANIFEST              with CHECK_ONLY: what the manifest of a backup says that is elsewhere (format, release, extensions); only whether
                        it would fit is said
  REHEARSAL             instead: "databases" or "all". The databases are for this only: the backup (default: the newest) is
                        restored there, counted, and everything is deleted again. With "all", its shared files are read to the end
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import tarfile
import time
import urllib.error
from collections.abc import Iterator

from backup_source import Backup, Google, Refused, storage_object
from backup_store import list_objects
from credentials import ROWS, removal, unknown
from dump_files import ALLOWANCE, MOST_GROWTH, Budget, Dump, check_member
from import_backup import OBJECTS, OWN_SCHEMA, checksum, load, script_of
from postgres_clients import databases, ended_badly, literal, patiently, query, settings_from_environment

FORMAT = 1
# What the server knows the sessions of this program by.
NAME = "restore-backup"
# An index that is being built is given up at once, a large transaction in a while.
LEFT_SECONDS = 60


def log(message: str) -> None:
    print(f"restore-backup: {message}", flush=True)


def whole_backups(bucket: str) -> list[str]:
    found = [item["name"] for item in list_objects(Google(), bucket)]
    return sorted(name.removesuffix("/manifest.json") for name in found if name.endswith("/manifest.json"))


def understood(manifest: dict) -> dict:
    if manifest.get("format") != FORMAT:
        raise Refused(f"the backup has format {manifest.get('format')}, and this restores format {FORMAT}: take the release of this project that wrote it.")
    return manifest


def manifest_of(bucket: str, name: str) -> dict:
    known = whole_backups(bucket)
    if name not in known:
        newest = ", ".join(known[-5:]) or "none"
        raise Refused(f"gs://{bucket} has no complete backup '{name}'. The newest are: {newest}. Set BACKUP_NAME to one of them.")
    with storage_object(bucket, f"{name}/manifest.json").open() as stream:
        return understood(json.loads(stream.read(64 * 2**20)))


def rehearses() -> bool:
    return os.environ.get("REHEARSAL", "") != ""


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def problems(manifest: dict, known: list[str]) -> list[str]:
    """@returns why the backup does not fit here: everything at once"""
    found: list[str] = []
    release = os.environ["RELEASE"]
    # A trial starts nothing that would have to understand the schema.
    if manifest["release"] != release and not rehearses():
        found.append(
            f"the backup is of Dify {manifest['release']}, and {release} runs here: its pods would not understand the schema. Set "
            f'application_version = "{manifest["release"]}" and apply before (with allow_version_downgrade = true if that is older).'
        )
    if len(manifest["databases"]) != len(known):
        found.append(f"the backup has {len(manifest['databases'])} databases, and there are {len(known)} here")
    for database, dumped in zip(known, manifest["databases"], strict=False):
        if rehearses():
            update_extensions(database, dumped["extensions"])
        row = query(database, "SELECT pg_catalog.json_object_agg(extname, extversion) FROM pg_catalog.pg_extension;")
        installed = json.loads(row)
        for name, version in sorted(dumped["extensions"].items()):
            if name not in installed:
                found.append(f"database '{database}' lacks extension '{name}': add it to postgres_extensions and apply before")
            elif numbers(installed[name]) < numbers(version):
                found.append(
                    f"extension '{name}' is {version} in the backup and {installed[name]} in database '{database}': what a newer one "
                    f'wrote an older one may not read. Update it there: ALTER EXTENSION "{name}" UPDATE;'
                )
        if os.environ.get("CHECK_ONLY"):
            continue
        users = users_of(database)
        if users:
            found.append(
                f"database '{database}' is in use ({users}): what they write would be lost, or mixed with the backup. Stop all pods: "
                "npm run restore does it"
            )
    return found


def check_fit(known: list[str], manifest: dict, subject: str) -> None:
    found = problems(manifest, known)
    if found:
        raise Refused(f"{subject} cannot be restored here, and nothing is changed:\n" + "\n".join(f"- {one}" for one in found))


def users_of(database: str) -> str:
    """@returns who else uses a database. What an earlier run has left there is ended: a server notices late that its client is gone"""
    end = time.time() + LEFT_SECONDS
    others = "datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'"
    while True:
        users = query(database, f"SELECT pg_catalog.string_agg(DISTINCT coalesce(nullif(application_name, ''), usename), ', ') FROM pg_catalog.pg_stat_activity WHERE {others};")
        if users != NAME or time.time() > end:
            return users
        with contextlib.suppress(Refused):
            query(database, f"SET ROLE NONE; SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE {others} AND application_name = '{NAME}';")
        time.sleep(0.1)


def update_extensions(database: str, wanted: dict[str, str]) -> None:
    """Those of the application may have been updated since these databases were made. What cannot be, is said with all others."""
    for name in wanted:
        with contextlib.suppress(Refused):
            query(database, 'SET client_min_messages = error; ALTER EXTENSION :"name" UPDATE;', name=name)


def verified(bucket: str, part: dict) -> Backup:
    """@returns an object of which every byte is as it was written"""
    backup = storage_object(bucket, part["object"])
    if backup.size != part["bytes"] or checksum(backup) != part["sha256"]:
        raise Refused(f"{backup.address} is not what the manifest says ({part['bytes']} bytes, SHA-256 {part['sha256']}): take another backup")
    return backup


def readable(backup: Backup, part: dict) -> Backup:
    """@returns a dump that pg_restore reads to its end, and in which nothing speaks to psql"""
    script, _ = script_of(Dump(part["object"], "archive", backup.open()), Budget(backup.size))
    for _ in script.parts():
        pass
    return backup


def beginning() -> str:
    return f"""
SET client_min_messages = error;
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('{OWN_SCHEMA}'));
SET LOCAL lock_timeout = '60s';
DO $restore$ DECLARE found record; BEGIN
  FOR found IN SELECT statement FROM ({OBJECTS}) AS objects ORDER BY place LOOP EXECUTE found.statement; END LOOP;
END $restore$;
SET LOCAL search_path = public;
"""


def ending(tables: dict[str, int]) -> str:
    """SQL that ends with an error unless every table has as many rows as it had."""
    # A name that no text in it can end.
    quote = f"$check_{secrets.token_hex(8)}$"
    return f"""
DO {quote} DECLARE expected record; counted bigint; BEGIN
  FOR expected IN SELECT key, value::bigint AS rows FROM pg_catalog.json_each_text({literal(json.dumps(tables))}::json) LOOP
    EXECUTE pg_catalog.format('SELECT count(*) FROM %I.%I', pg_catalog.split_part(expected.key, '.', 1),
      pg_catalog.substr(expected.key, pg_catalog.strpos(expected.key, '.') + 1)) INTO counted;
    IF counted <> expected.rows THEN
      RAISE EXCEPTION 'table % has % rows, and the backup had %', expected.key, counted, expected.rows;
    END IF;
  END LOOP;
END {quote};
"""


def restore_database(database: str, part: dict, backup: Backup, remove: str = "") -> None:
    """@param remove which secrets are not kept: "all", "system", or none"""
    script, _ = script_of(Dump(part["object"], "archive", backup.open()), Budget(backup.size))
    last = ending(part["tables"]) + (removal(part["role"], remove) if remove else "")
    load(backup, database, (data for _, data in script.parts()), beginning(), last)
    log(f"database '{database}': restored, {len(part['tables'])} tables with {sum(part['tables'].values())} rows, as in the backup")
    if remove == "all":
        gone = [f"{table} ({part['tables'][name]})" for table in ROWS if part["tables"].get(name := f"public.{table}")]
        log(f"database '{database}': credentials removed{': ' if gone else ''}{', '.join(gone)}")
        for column in unknown(database):
            log(f"database '{database}': {column} may hold secrets, and is not known here: it was copied. Look at it")


def members(backup: Backup, part: dict) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """@returns what is in an archive of shared files, all of it within the share, and no more than it is said to be"""
    limit = part.get("unpacked", ALLOWANCE + MOST_GROWTH * backup.size)
    with backup.open() as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
        for member in archive:
            link = member.issym()
            check_member(member.name, regular=(member.isreg() or member.isdir() or link) and not member.issparse())
            place = os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))
            if link and (os.path.isabs(member.linkname) or place.startswith("..")):
                raise Refused(f"'{member.name}' is a link that leads out of the share")
            limit -= member.size
            if limit < 0:
                raise Refused(f"{backup.address} holds more than it should: it would fill the share")
            yield archive, member


def examined(backup: Backup, part: dict, share: str) -> Backup:
    """@returns an archive of which every file may be put back, and has room"""
    missing = largest = 0
    for _, member in members(backup, part):
        largest = max(largest, member.size)
        missing += 0 if os.path.lexists(os.path.join(share, member.name)) else member.size
    room = os.statvfs(share)
    # A file that is there is replaced once the other one is whole.
    if missing + largest > room.f_bavail * room.f_frsize:
        raise Refused(f"the share lacks {missing + largest} bytes for the files of the backup: enlarge it")
    return backup


def emptied(database: str) -> None:
    query(database, f"BEGIN; {beginning()} COMMIT;")


def rehearse(bucket: str, name: str, manifest: dict, parts: list[Backup]) -> None:
    """Restores where nothing is lost, counts, and leaves nothing."""
    known = databases()
    try:
        for database, part, backup in zip(known, manifest["databases"], parts, strict=True):
            restore_database(database, part, backup, manifest.get("remove", ""))
    finally:
        for database in known:
            emptied(database)
    share = manifest["share"]
    count = 0
    if share and os.environ["REHEARSAL"] == "all":
        backup = verified(bucket, share)
        for archive, member in members(backup, share):
            if member.isreg():
                source = archive.extractfile(member)
                while source.read(2**20):
                    pass
                count += 1
        if count != share["files"]:
            raise Refused(f"{backup.address} has {count} files, and the backup had {share['files']}")
    rows = sum(sum(part["tables"].values()) for part in manifest["databases"])
    # An alert counts this line.
    log(f"rehearsed: backup '{name}' of Dify {manifest['release']} can be restored: {rows} rows, {count} shared files")


def restore_files(share: str, backup: Backup, part: dict) -> None:
    """Puts back every file of the backup. What came after it stays: nothing refers to it."""
    count = 0
    root = os.path.realpath(share)
    with contextlib.closing(members(backup, part)) as found:
        for archive, member in found:
            path = os.path.join(root, member.name)
            # Nothing goes through a link that leads elsewhere.
            parent = os.path.realpath(os.path.dirname(path))
            if parent != root and not parent.startswith(root + os.sep):
                raise Refused(f"'{member.name}' leads out of the share through a link")
            if member.isdir():
                os.makedirs(path, exist_ok=True)
                continue
            os.makedirs(parent, exist_ok=True)
            half = f"{path}.restoring"
            if os.path.lexists(half):
                os.unlink(half)
            if member.issym():
                os.symlink(member.linkname, half)
            else:
                with open(half, "wb") as file:
                    source = archive.extractfile(member)
                    while data := source.read(2**20):
                        file.write(data)
                os.chmod(half, member.mode & 0o777)
                count += 1
            # A reader sees the old file or the new one.
            os.replace(half, path)
    log(f"shared files: {count} restored")


def run() -> None:
    settings_from_environment("BACKUP_BUCKET", "RELEASE")
    os.environ["PGAPPNAME"] = NAME
    bucket, name = os.environ["BACKUP_BUCKET"], os.environ.get("BACKUP_NAME", "")
    elsewhere = os.environ.get("MANIFEST", "")
    if elsewhere:
        check_fit(databases(), understood(json.loads(elsewhere)), "the backup")
        log("the backup would fit: nothing is changed")
        return
    if not name:
        known = whole_backups(bucket)
    if not name and rehearses() and known:
        name = known[-1]
    elif not name:
        raise Refused(f"BACKUP_NAME is not set. gs://{bucket} has: {', '.join(known) or 'no complete backup'}")
    known = databases()
    now = patiently(lambda: query(known[0], "SELECT pg_catalog.to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"');"), log)
    manifest = manifest_of(bucket, name)
    check_fit(known, manifest, f"backup '{name}'")
    parts = [readable(verified(bucket, part), part) for part in manifest["databases"]]
    if rehearses():
        rehearse(bucket, name, manifest, parts)
        return
    share = os.environ.get("SHARE", "")
    files_from = os.environ.get("FILES_FROM", "")
    shared = (manifest_of(bucket, files_from) if files_from else manifest)["share"]
    files = examined(verified(bucket, shared), shared, share) if share and shared else None
    if os.environ.get("CHECK_ONLY"):
        log(f"backup '{name}' of Dify {manifest['release']} is whole and fits: nothing is changed")
        return
    log(f"backup '{name}' of Dify {manifest['release']} is whole and fits. To go back to what is here now: restore the newest backup before {now}, or, on Cloud SQL, the instance to that time")
    for database, part, backup in zip(known, manifest["databases"], parts, strict=True):
        restore_database(database, part, backup, manifest.get("remove", ""))
    if files:
        restore_files(share, files, shared)
    elif share:
        log("the backup has no shared files: those here stay as they are")
    log("done")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        run()
    except urllib.error.HTTPError as error:
        ended_badly("restore-backup", Refused(f"{error.code} {error.reason} from {error.url}: the job's identity needs storage.objects.list and get there"))
    except (Refused, OSError, tarfile.TarError) as error:
        ended_badly("restore-backup", error)


if __name__ == "__main__":
    main()

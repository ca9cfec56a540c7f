"""Finds the dumps of PostgreSQL in a backup: the file itself, or files in an archive, compressed or not.

Nothing is unpacked to a disk. Archives that lead out of their directory, hold links or devices, or grow beyond measure are
refused.
"""

import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator

from backup_source import Backup, Refused

# Formats by what backup_format says; what a file is, its first bytes tell.
FORMATS = {
    "sql": ("sql", "custom"),
    "tar": ("tar", "pg_dump's tar"),
    "gz": ("gz",),
    "tgz": ("gz",),
    "tar.gz": ("gz",),
    "zip": ("zip",),
}
DUMP_NAME = re.compile(r"\.(sql|psql|pgsql|dump|dmp|pgdump|backup|bak)(\.gz)?$", re.IGNORECASE)
MOST_MEMBERS = 1000
# Text of a database shrinks to a tenth, rarely to a thirtieth; what grows a hundredfold is made to fill a disk.
MOST_GROWTH = 100
ALLOWANCE = 16 * 2**20
MOST_LAYERS = 3


class Budget:
    """How much may come out of a file of this size."""

    def __init__(self, size: int) -> None:
        self.limit = ALLOWANCE + MOST_GROWTH * size
        self.spent = 0

    def spend(self, amount: int) -> None:
        self.spent += amount
        if self.spent > self.limit:
            raise Refused(
                f"the backup grows to more than {self.limit} bytes when it is unpacked, {MOST_GROWTH} times its size: it would "
                "fill the database's disk. Unpack it yourself, look at it, and give the dump in it."
            )


class Counted(io.RawIOBase):
    """A stream whose bytes are counted."""

    def __init__(self, stream, budget: Budget) -> None:
        self.stream = stream
        self.budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            data = self.stream.read(len(buffer))
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
            raise Refused(f"the backup is damaged: {error}") from error
        self.budget.spend(len(data))
        buffer[: len(data)] = data
        return len(data)


def counted(stream, budget: Budget) -> io.BufferedReader:
    return io.BufferedReader(Counted(stream, budget), 2**20)


class Dump:
    """One dump: its name, its kind (sql or archive, for pg_restore), and its bytes."""

    def __init__(self, name: str, kind: str, stream: io.BufferedReader) -> None:
        self.name = name
        self.kind = kind
        self.stream = stream


def kind_of(stream: io.BufferedReader) -> str:
    head = stream.peek(512)[:512]
    if head[:2] == b"\x1f\x8b":
        return "gz"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:5] == b"PGDMP":
        return "custom"
    if head[257:262] == b"ustar":
        return "pg_dump's tar" if head[:8] == b"toc.dat\0" else "tar"
    # Others have a magic number as well, and would be read as SQL that is full of errors.
    if head[:6] == b"\xfd7zXZ\0" or head[:3] == b"BZh" or head[:4] in (b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf") or b"\0" in head:
        return "unknown"
    return "sql"


def dumps(backup: Backup, expected: str, log: Callable[[str], None]) -> Iterator[Dump]:
    """@returns the dumps, one after the other: each has to be read before the next"""
    if backup.size == 0:
        raise Refused(f"{backup.address} is empty")
    kind = kind_of(backup.open())
    wanted = FORMATS.get(expected)
    if wanted is not None and kind not in wanted:
        raise Refused(
            f'backup_format is "{expected}", and {backup.address} is {_named(kind)}: it would be read wrongly. '
            'Set backup_format = "auto", which goes by the content.'
        )
    budget = Budget(backup.size)
    yield from _inside(backup.name, backup.open, budget, log, 0)


def _named(kind: str) -> str:
    return {
        "gz": "compressed by gzip",
        "zip": "a zip archive",
        "custom": "a dump in pg_dump's custom format",
        "pg_dump's tar": "a dump in pg_dump's tar format",
        "tar": "a tar archive",
        "sql": "plain text",
    }.get(kind, "none of the formats that are known (plain SQL, pg_dump's custom and tar format, gzip, tar, zip)")


def _inside(name: str, opened: Callable[[], io.BufferedReader], budget: Budget, log, layers: int) -> Iterator[Dump]:
    """@param opened opens it anew, from its beginning"""
    if layers > MOST_LAYERS:
        raise Refused(f"{name} is packed more than {MOST_LAYERS} times: a backup is not. Give the dump in it.")
    stream = opened()
    kind = kind_of(stream)
    if kind == "gz":
        inner = re.sub(r"\.(gz|tgz)$", "", name, flags=re.IGNORECASE)
        yield from _inside(inner, lambda: counted(gzip.GzipFile(fileobj=opened()), budget), budget, log, layers + 1)
    elif kind == "zip":
        if not stream.seekable():
            raise Refused(f"{name} is a zip archive in another archive: give the dump in it.")
        yield from _in_zip(stream, budget, log, layers)
    elif kind == "tar":
        yield from _in_tar(stream, budget, log, layers)
    elif kind in ("custom", "pg_dump's tar"):
        yield Dump(name, "archive", stream)
    elif kind == "sql":
        yield Dump(name, "sql", stream)
    else:
        raise Refused(f"{name} is {_named(kind)}")


def _in_zip(stream: io.BufferedReader, budget: Budget, log, layers: int) -> Iterator[Dump]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Refused(f"the zip archive is damaged: {error}") from error
    members = archive.infolist()
    check_count(len(members))
    for member in members:
        mode = member.external_attr >> 16
        check_member(member.filename, regular=stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR))
        if member.flag_bits & 1:
            raise Refused(f'"{member.filename}" in the zip archive is encrypted, and nothing here knows its password')
    for member in members:
        if member.is_dir() or not is_dump(member.filename, log):
            continue

        def opened(chosen=member) -> io.BufferedReader:
            try:
                return counted(archive.open(chosen), budget)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                raise Refused(f'"{chosen.filename}" in the zip archive cannot be read: {error}') from error

        yield from _inside(member.filename, opened, budget, log, layers + 1)


def _in_tar(stream: io.BufferedReader, budget: Budget, log, layers: int) -> Iterator[Dump]:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, member in enumerate(archive, 1):
                check_count(count)
                check_member(member.name, regular=(member.isreg() or member.isdir()) and not member.issparse())
                if member.name.rsplit("/", 1)[-1] == "toc.dat":
                    raise Refused(
                        "the archive holds a dump in pg_dump's directory format, which can only be read from a disk. Make one "
                        "with pg_dump --format=custom."
                    )
                if member.isdir() or not is_dump(member.name, log):
                    continue
                data = archive.extractfile(member)
                once = counted(data, budget)
                kind = kind_of(once)
                if kind == "gz":
                    inner = counted(gzip.GzipFile(fileobj=once), budget)
                    yield from _inside(member.name[:-3], lambda opened=inner: opened, budget, log, layers + 2)
                else:
                    yield from _inside(member.name, lambda opened=once: opened, budget, log, layers + 1)
    except tarfile.TarError as error:
        raise Refused(f"the tar archive is damaged: {error}") from error


def check_count(count: int) -> None:
    if count > MOST_MEMBERS:
        raise Refused(f"the archive holds more than {MOST_MEMBERS} files: an archive of dumps does not. Give the dump in it.")


def check_member(name: str, regular: bool) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise Refused(f"{name!r} in the archive leads out of it: such an archive is made to overwrite files. Nothing of it is read.")
    if not regular:
        raise Refused(f"{name!r} in the archive is a link, a device or a file with holes: a dump is a plain file. Nothing of it is read.")


def is_dump(name: str, log: Callable[[str], None]) -> bool:
    if DUMP_NAME.search(name) and not name.startswith("__MACOSX/"):
        return True
    log(f"{name!r} in the archive is no dump by its name, and is left out")
    return False

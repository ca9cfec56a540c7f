"""Reads the SQL of a dump statement by statement, and leaves out what does not belong to its data.

Owners, rights, roles, databases, extensions and settings of the old server are left out: here everything belongs to the
application's user, and extensions are made before. psql's own commands ("\\!" runs a program) are refused: who wrote the dump
could otherwise run what he likes where it is read (CVE-2025-8714).
"""

import re
from collections import Counter
from collections.abc import Iterator

from backup_source import Refused

# Where imports are noted down: a dump of a database that once was imported has it too.
OWN_SCHEMA = "backup_import"
# Settings of a session that dumps make and that change nothing but how the dump is read.
SETTINGS = {
    b"statement_timeout",
    b"lock_timeout",
    b"idle_in_transaction_session_timeout",
    b"client_encoding",
    b"standard_conforming_strings",
    b"escape_string_warning",
    b"check_function_bodies",
    b"xmloption",
    b"client_min_messages",
    b"row_security",
    b"default_table_access_method",
    b"search_path",
    b"bytea_output",
    b"datestyle",
    b"intervalstyle",
    b"extra_float_digits",
}
# How much of a statement says what it is.
HEAD = 64 * 1024

_TOKEN = re.compile(rb"'|\"|(?<![A-Za-z0-9_\x80-\xff$])\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$|--|/\*|;|\\|[()]")
_ENDS = {b"'": re.compile(rb"'"), b"E": re.compile(rb"\\.|'", re.DOTALL), b'"': re.compile(rb'"')}
_COMMENT = re.compile(rb"/\*|\*/")
_LEADING = re.compile(rb"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_COPY = re.compile(rb"COPY\s.*\sFROM\s+(STDIN\b|.*)", re.IGNORECASE | re.DOTALL)
_EXTENSION = re.compile(rb'CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?("(?:[^"]|"")+"|[\w-]+)', re.IGNORECASE)
_SET = re.compile(rb"SET\s+(?:SESSION\s+|LOCAL\s+)?([\w.]+)\s*(?:=|\bTO\b)?\s*(.*?)\s*;?\s*\Z", re.IGNORECASE | re.DOTALL)
_CONFIG = re.compile(rb"SELECT\s+(?:pg_catalog\.)?set_config\s*\(\s*'([\w.]+)'", re.IGNORECASE)
_CONNECT = re.compile(rb"\\c(?:onnect)?\s+(?:-reuse-previous=\w+\s+)?(?:\"dbname='(.+)'\"|\"((?:[^\"]|\"\")+)\"|'([^']+)'|([^\s'\"\\]+))\s*\Z")
_ATOMIC = re.compile(rb"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b.*\bBEGIN\s+ATOMIC\b", re.IGNORECASE | re.DOTALL)

_LEFT_OUT = [
    (what, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for what, pattern in (
        ("owners", rb"ALTER\s.*\sOWNER\s+TO\s+[^;]+;?\s*\Z|REASSIGN\s+OWNED\b"),
        ("rights", rb"(GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES|SECURITY\s+LABEL)\b"),
        ("roles", rb"(CREATE|ALTER|DROP|COMMENT\s+ON)\s+(ROLE|USER|GROUP)\b|SET\s+(SESSION\s+)?(ROLE|AUTHORIZATION)\b"),
        ("databases", rb"(CREATE|ALTER|DROP|COMMENT\s+ON)\s+(DATABASE|TABLESPACE)\b"),
        ("extensions", rb"(CREATE|ALTER|DROP|COMMENT\s+ON)\s+EXTENSION\b"),
        ("what connects to other servers", rb"(CREATE|ALTER|DROP|COMMENT\s+ON)\s+(PUBLICATION|SUBSCRIPTION|SERVER|FOREIGN\s+DATA|EVENT\s+TRIGGER)\b"),
        ("schema public itself", rb"(CREATE|DROP|COMMENT\s+ON)\s+SCHEMA\s+(IF\s+(NOT\s+)?EXISTS\s+)?(public|\"public\")\b"),
        ("what clears the database first", rb"DROP\b|ALTER\s+TABLE\s[^;]*\sDROP\s+(CONSTRAINT|DEFAULT)\b"),
        ("transactions", rb"(BEGIN|START\s+TRANSACTION|COMMIT|END)(\s+(WORK|TRANSACTION))?\s*;?\s*\Z"),
        (
            "notes of an earlier import",
            rb"(CREATE\s+(SCHEMA|TABLE)|COPY|INSERT\s+INTO|ALTER\s+TABLE(\s+ONLY)?|COMMENT\s+ON\s+\w+)\s+(IF\s+NOT\s+EXISTS\s+)?"
            + OWN_SCHEMA.encode()
            + rb"\b",
        ),
    )
]
_REFUSED = re.compile(rb"(ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION|COMMIT|END|BEGIN)\b", re.IGNORECASE)


class Script:
    """The SQL of one dump. What was left out and what it holds is known once it has been read."""

    def __init__(self, name: str, stream) -> None:
        self.name = name
        self.stream = stream
        self.line = 0
        # By what was left out.
        self.left_out: Counter = Counter()
        # Names of the extensions that each database needs.
        self.extensions: dict[str | None, set[str]] = {}
        self.tables: Counter = Counter()
        self.rows: Counter = Counter()
        # Databases in the order in which the dump connects to them.
        self.connects: list[str] = []
        self.database: str | None = None

    def refuse(self, fact: str) -> Refused:
        return Refused(f"line {self.line} of {self.name}: {fact}")

    def parts(self) -> Iterator[tuple[str | None, bytes]]:
        """
        @returns the database that is connected to (None: the dump does not say) and SQL for it. Lines stay at their places, so
        that the server's messages name the line of the dump.
        """
        buffer: list[bytes] = []
        size = 0
        passing = False
        state: bytes | None = None
        depth = parens = 0
        for line in self.stream:
            self.line += 1
            if state is None and not passing and line.startswith(b"\\") and not _LEADING.sub(b"", b"".join(buffer)).strip():
                yield self.database, b"".join(buffer)
                buffer, size = [], 0
                self.command(line.strip())
                yield self.database, b"\n"
                continue
            start = 0
            position = 0
            while True:
                if state is None:
                    found = _TOKEN.search(line, position)
                    if found is None:
                        break
                    token, position = found.group(), found.end()
                    if token == b"--":
                        break
                    if token == b"\\":
                        raise self.refuse(
                            "a command of psql stands between SQL. pg_dump writes none there, and it could run programs. "
                            "Make the dump again with pg_dump."
                        )
                    if token == b"/*":
                        state, depth = b"/*", 1
                    elif token == b"'":
                        before = line[max(0, found.start() - 2) : found.start()]
                        escaped = before[-1:] in b"eE" and before[-1:] != b"" and not re.match(rb"[\w$]", before[:1] if len(before) == 2 else b" ")
                        state = b"E" if escaped else b"'"
                    elif token == b"(":
                        parens += 1
                    elif token == b")":
                        parens = max(0, parens - 1)
                    elif token != b";":
                        state = token
                    elif parens == 0:
                        buffer.append(line[start:position])
                        start = position
                        if passing:
                            yield self.database, b"".join(buffer)
                            buffer, size, passing = [], 0, False
                            continue
                        text = b"".join(buffer)
                        body = _LEADING.sub(b"", text)
                        if _ATOMIC.match(body) and not re.search(rb"\bEND\s*;\Z", body, re.IGNORECASE):
                            continue
                        buffer, size = [], 0
                        copied = yield from self.statement(text, body, line[start:])
                        if copied:
                            start = position = len(line)
                            break
                elif state == b"/*":
                    found = _COMMENT.search(line, position)
                    if found is None:
                        break
                    position = found.end()
                    depth += 1 if found.group() == b"/*" else -1
                    if depth == 0:
                        state = None
                elif state in _ENDS:
                    found = _ENDS[state].search(line, position)
                    if found is None:
                        break
                    position = found.end()
                    if not found.group().startswith(b"\\"):
                        state = None
                else:
                    place = line.find(state, position)
                    if place < 0:
                        break
                    position = place + len(state)
                    state = None
            buffer.append(line[start:])
            size += len(line) - start
            if passing or size > HEAD:
                if not passing:
                    body = _LEADING.sub(b"", b"".join(buffer))
                    passing = body != b"" and self.passes(body)
                    if body and not passing:
                        raise self.refuse("a statement that should be left out is longer than any that pg_dump writes")
                yield self.database, b"".join(buffer)
                buffer, size = [], 0
        rest = b"".join(buffer)
        if state is not None or _LEADING.sub(b"", rest).strip() or passing:
            raise self.refuse("the dump ends in the middle of a statement: it is not whole. Make it again.")
        yield self.database, rest

    def statement(self, text: bytes, body: bytes, rest: bytes) -> Iterator[tuple[str | None, bytes]]:
        """@returns whether the rest of the line was data"""
        passes = self.passes(body)
        yield self.database, text if passes else b"\n" * text.count(b"\n")
        found = _COPY.match(body)
        if not found:
            if passes and re.match(rb"INSERT\s", body, re.IGNORECASE):
                self.rows[self.database] += 1
            if passes and re.match(rb"CREATE\s+(UNLOGGED\s+)?TABLE\s", body, re.IGNORECASE):
                self.tables[self.database] += 1
            return False
        if found.group(1)[:5].upper() != b"STDIN":
            raise self.refuse("COPY from anywhere but the dump itself reads files or runs programs of the server")
        if rest.strip():
            raise self.refuse("the data of COPY begins on the line of the statement")
        yield self.database, rest if passes else b"\n"
        kept: list[bytes] = []
        size = rows = 0
        for line in self.stream:
            self.line += 1
            kept.append(line if passes else b"\n")
            size += len(line)
            if line.rstrip(b"\r\n") == b"\\.":
                break
            rows += 1
            if size > 2**20:
                yield self.database, b"".join(kept)
                kept, size = [], 0
        else:
            raise self.refuse("the dump ends in the middle of a table's data: it is not whole. Make it again.")
        yield self.database, b"".join(kept)
        if passes:
            self.rows[self.database] += rows
        return True

    def command(self, line: bytes) -> None:
        if re.match(rb"\\(un)?restrict\s+\w+\Z", line):
            return
        found = _CONNECT.match(line)
        if not found:
            word = line.split()[0].decode("utf-8", "replace")
            raise self.refuse(
                f"{word} is a command of psql, which pg_dump does not write: it could run programs where the dump is read. "
                "Make the dump again with pg_dump."
            )
        name = next(group for group in found.groups() if group is not None)
        self.database = name.replace(b'""', b'"').replace(b"\\'", b"'").decode("utf-8", "replace")
        self.connects.append(self.database)

    def passes(self, body: bytes) -> bool:
        head = body[:HEAD]
        extension = _EXTENSION.match(head)
        if extension:
            name = extension.group(1).strip(b'"').replace(b'""', b'"').decode("utf-8", "replace")
            self.extensions.setdefault(self.database, set()).add(name)
        for what, pattern in _LEFT_OUT:
            if pattern.match(head):
                self.left_out[what] += 1
                return False
        if _REFUSED.match(head):
            raise self.refuse("the dump ends a transaction of its own: half of it could be kept. Make it again with pg_dump.")
        setting = _SET.match(head)
        config = _CONFIG.match(head)
        if setting or config:
            return self.setting_passes(*(setting.groups() if setting else (config.group(1), b"")))
        return True

    def setting_passes(self, name: bytes, value: bytes) -> bool:
        name = name.lower()
        if name == b"standard_conforming_strings" and value.strip(b"'").lower() not in (b"on", b"true", b"1"):
            raise self.refuse(
                "standard_conforming_strings is not on: the dump is of a server older than any that Dify ran on, and its texts "
                "would be read wrongly"
            )
        if name in SETTINGS:
            return True
        self.left_out["settings of the old server"] += 1
        return False

"""Takes SQL text apart into statements, each with the line that it begins on, and refuses what a server does not run.

The server splits a text itself, but then a whole file is one command: it could not be continued after CREATE INDEX
CONCURRENTLY, and an error at run time would have no line.
"""

import re

# What is not plain text: https://www.postgresql.org/docs/15/sql-syntax-lexical.html
TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*)
  | (?P<block>/\*)
  | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<name>"(?:[^"]|"")*")
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
  | (?P<number>[0-9][A-Za-z0-9_.]*)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

# The runner begins and ends transactions; one that a file ends would take its entry in the ledger along.
TRANSACTION = ("abort", "begin", "commit", "end", "release", "rollback", "savepoint", "start")


class Refused(Exception):
    """What cannot be run, and the line that it is on."""

    def __init__(self, line, why):
        super().__init__(why)
        self.line = line
        self.why = why


class Statement:
    def __init__(self, text, line):
        self.text = text
        self.line = line


def end_of_comment(sql, start):
    """Comments of this kind may be nested."""
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(sql, start):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return -1


def check(words, line):
    first = words[0] if words else ""
    if first in TRANSACTION or words[:2] == ["prepare", "transaction"]:
        raise Refused(
            line,
            f"{first.upper()} is not for a file: each file is one transaction already, and without one where a"
            " statement cannot be in any. Take it out",
        )
    if first == "copy" and ("stdin" in words or "stdout" in words):
        raise Refused(line, "COPY from or to the client: nothing is sent along. Write INSERT")
    if first == "copy" and "program" in words:
        raise Refused(line, "COPY with a program: none is run. Write INSERT")


def statements(sql):
    """All statements, in order; comments and blanks before one belong to none."""
    found = []
    words, start, parentheses, blocks = [], None, 0, 0
    position, line = 0, 1

    def ended(end):
        nonlocal words, start, blocks
        if start is not None:
            check(words, start[1])
            found.append(Statement(sql[start[0] : end], start[1]))
        words, start, blocks = [], None, 0

    while position < len(sql):
        token = TOKEN.match(sql, position)
        kind, text = token.lastgroup, token.group()
        end = token.end()
        if kind == "block":
            end = end_of_comment(sql, position)
        elif kind == "dollar":
            end = sql.find(text, end)
            end = end + len(text) if end >= 0 else -1
        elif kind == "other" and text in "'\"":
            end = -1
        if end < 0:
            raise Refused(line, f"{text} is not closed")
        if kind == "other" and text == "\\":
            raise Refused(
                line, r"a backslash begins a command of psql (\i, \copy, \!), and this is not psql. Write SQL alone"
            )
        if kind == "other" and text == ";" and parentheses == 0 and blocks == 0:
            ended(end)
        elif kind not in ("comment", "block", "space"):
            start = start or (position, line)
            if kind == "word":
                words.append(text.lower())
                blocks = depth_of(words, blocks) if parentheses == 0 else blocks
            elif text == "(":
                parentheses += 1
            elif text == ")":
                parentheses = max(0, parentheses - 1)
        line += sql.count("\n", position, end)
        position = end
    ended(len(sql))
    return found


def depth_of(words, blocks):
    """Functions written in SQL have statements of their own: CREATE FUNCTION … BEGIN ATOMIC … END."""
    begins = [word for word in words[:4] if word not in ("or", "replace")]
    if begins[:2] not in (["create", "function"], ["create", "procedure"]):
        return 0
    last = words[-1]
    if last == "atomic" and words[-2:-1] == ["begin"]:
        return blocks + 1
    if last == "case" and blocks > 0:
        return blocks + 1
    if last == "end" and blocks > 0:
        return blocks - 1
    return blocks

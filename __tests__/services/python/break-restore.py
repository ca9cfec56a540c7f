"""
Kills restore_backup.py's process at each step that changes something, runs it again, and compares: what an outage in the middle of
a restore leaves. Only that process ends, which is the hardest case: its psql goes on with half of its input.

  break-restore.py DIRECTORY_OF_THE_JOBS, with the job's own environment. SPOIL has SQL that changes the main database.
"""

import io
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, sys.argv.pop())

import import_backup  # noqa: E402
import restore_backup  # noqa: E402
from postgres_clients import databases, query  # noqa: E402

# Whatever psql goes on with has to have ended.
ENDED = """
DO $ended$ BEGIN
  WHILE EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE application_name = 'restore-backup') LOOP
    PERFORM pg_catalog.pg_sleep(0.02), pg_catalog.pg_stat_clear_snapshot();
  END LOOP;
END $ended$;
"""
STATE = """
SELECT pg_catalog.format('SELECT %L, md5(coalesce(string_agg(t::text, '','' ORDER BY t::text), '''')) FROM %I t;', tablename, tablename)
FROM pg_catalog.pg_tables WHERE schemaname = 'public' ORDER BY 1 \\gexec
SELECT conname FROM pg_catalog.pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1;
"""
# Of all that goes to psql, before what it is interrupted: the rows of a table, what comes after them, and the end.
WRITES = re.compile(rb"(\s|--[^\n]*\n)*(COPY|ALTER TABLE ONLY[^;]*PRIMARY KEY|;SELECT pg_catalog.set_config)")


def state() -> list[str]:
    main, plugin = databases()
    here = query(main, f"{ENDED}{STATE}\n\\echo and\n\\connect {plugin}\n{STATE}").split("and\n")
    for directory, _, names in sorted(os.walk(os.environ["SHARE"])):
        for name in sorted(name for name in names if not name.endswith(".restoring")):
            path = os.path.join(directory, name)
            here.append(f"{name} {os.readlink(path) if os.path.islink(path) else open(path).read()}")
    return here


class Counted:
    def __init__(self, stream, step) -> None:
        self.stream = stream
        self.step = step

    def write(self, data: bytes) -> None:
        if WRITES.match(data):
            self.stream.flush()
            self.step(data[-60:].decode().strip())
        self.stream.write(data)

    def close(self) -> None:
        self.stream.close()


def broken_at(number: int) -> None:
    """Runs until a step, and no further. What only looks is left out."""
    restore_backup.problems = lambda *_: []
    restore_backup.readable = restore_backup.examined = lambda backup, *_: backup
    count = 0

    def step(name: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            print(f"broken off: {name}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    class Program(subprocess.Popen):
        def __init__(self, command, **more) -> None:
            loads = "--single-transaction" in command
            # A warning that nobody reads would end it as well.
            super().__init__(command, **({**more, "stderr": subprocess.DEVNULL} if loads else more))
            if loads:
                self.stdin = Counted(self.stdin, step)
                self.stderr = io.BytesIO()

    import_backup.subprocess.Popen = Program
    replace = os.replace
    os.replace = lambda *paths: (step(paths[1]), replace(*paths))


def forked(work) -> int:
    child = os.fork()
    if child == 0:
        work()
        restore_backup.main()
        sys.stdout.flush()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def spoil() -> None:
    query(databases()[0], os.environ["SPOIL"])
    for file in os.scandir(os.environ["SHARE"]):
        os.unlink(file)
        open(file.path, "w").close()


def main() -> None:
    restore_backup.settings_from_environment()
    wanted = state()
    spoil()
    spoiled = state()
    for number in range(1, 100):
        code = forked(lambda number=number: broken_at(number))
        if code == 0:
            break
        for half, before, after in zip(state(), spoiled, wanted, strict=True):
            if half not in (before, after):
                sys.exit(f"step {number}: broken off, it left {half}")
        if forked(lambda: None) != 0 or state() != wanted:
            sys.exit(f"step {number}: the second run made {state()} of it, not {wanted}")
        spoil()
    sys.exit(0 if state() == wanted != spoiled else "it was not restored")


main()

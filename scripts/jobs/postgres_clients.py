"""psql, pg_dump and pg_restore, and how many of these jobs' questions to a database are asked."""

import os
import subprocess
import sys
import time

from backup_source import Refused

# Where another image's programs are (copy-clients.sh): with their own loader and libraries they run in any image.
CLIENTS = "/opt/postgresql"


def program(name: str) -> list[str]:
    if not os.path.isdir(CLIENTS):
        return [name]
    return [f"{CLIENTS}/loader", "--library-path", f"{CLIENTS}/lib", f"{CLIENTS}/bin/{name}"]


def environment(database: str) -> dict[str, str]:
    # The database goes through PGDATABASE: psql would read an argument like "host=elsewhere" as a whole connection string.
    return {**os.environ, "PGDATABASE": database, "PGCONNECT_TIMEOUT": os.environ.get("PGCONNECT_TIMEOUT", "5"), "LC_ALL": "C"}


def psql(*arguments: str) -> list[str]:
    fixed = ["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
    return [*program("psql"), *fixed, *arguments]


def query(database: str, sql: str, **variables: str) -> str:
    """SQL, in which :'name' is a variable."""
    settings = [f"--set={name}={value}" for name, value in variables.items()]
    done = subprocess.run(psql(*settings), env=environment(database), input=sql, capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(f"database '{database}': {done.stderr.strip()}")
    return done.stdout.strip()


def literal(text: str) -> str:
    """A text in SQL, where psql replaces no variables."""
    return "'" + text.replace("'", "''") + "'" if "\\" not in text else " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def patiently(ask, log):
    """@returns what a question to the database gives, once the database answers"""
    end = time.time() + float(os.environ.get("DB_WAIT_SECONDS", "300"))
    while True:
        try:
            return ask()
        except Refused as error:
            reason = str(error)
            # Waiting cures a server that is not up yet, not a wrong answer from one that is.
            if time.time() > end or not any(text in reason for text in ("could not connect", "connection to server", "starting up")):
                raise
            if any(text in reason for text in ("password authentication failed", "no pg_hba.conf entry", "does not exist")):
                raise
            log(f"waiting for the database: {reason.splitlines()[0]}")
            time.sleep(2)


def settings_from_environment(*required: str) -> None:
    missing = [name for name in (*required, "DB_HOST", "DB_USER", "DB_NAME", "PGPASSWORD") if not os.environ.get(name)]
    if missing:
        raise Refused(f"not set: {' '.join(missing)} (see --help)")
    os.environ["PGHOST"] = os.environ["DB_HOST"]
    os.environ["PGPORT"] = os.environ.get("DB_PORT", "5432")
    os.environ["PGUSER"] = os.environ["DB_USER"]


def databases() -> list[str]:
    """The application's databases, the main one first."""
    return [os.environ["DB_NAME"], *os.environ.get("ADDITIONAL_DATABASES", "").split()]


def ended_badly(who: str, error: Exception) -> None:
    """Says in the log, and where Kubernetes shows why a container ended, what was wrong."""
    message = f"{who}: error: {error}"
    print(message, file=sys.stderr, flush=True)
    try:
        with open("/dev/termination-log", "w", encoding="utf-8") as file:
            file.write(message[-4000:])
    except OSError:
        pass
    sys.exit(1)

#!/usr/bin/env python3
"""Keeps Dify's databases in shape within a window of time: reports sizes, vacuums, and builds bloated indexes again.

  report    one line of JSON for each database: its size, and its largest tables with indexes and dead rows
  vacuum    VACUUM (ANALYZE) of the tables with dead rows, those with the most first
  reindex   REINDEX INDEX CONCURRENTLY of B-tree indexes, the largest first; other kinds are left out, as building them takes hours

What is under way when the window ends is cancelled, and the next run begins with what is worst then. Nobody waits for it: a table
that somebody locks is left out, and while a dump runs, which needs the rows that a vacuum would take away, it waits.

Environment:
  DB_HOST, DB_PORT, DB_USER, PGPASSWORD, and every variable of libpq
  DB_NAME, ADDITIONAL_DATABASES   databases, separated by blanks
  TASKS                           of the above, separated by blanks
  WINDOW_MINUTES                  for all of them together
  PAUSE_SECONDS                   between two looks whether a dump still runs (default: 30)
"""

import argparse
import json
import os
import sys
import time

import psycopg2
from psycopg2.errors import LockNotAvailable, QueryCanceled
from psycopg2.sql import SQL, Identifier

TASKS = ("report", "vacuum", "reindex")
# Of tables in a report.
MOST = 30
# Bytes from which building an index again is worth it.
WORTH = 8 * 1024 * 1024
# A run that was broken off leaves what it was building, which nobody uses: PostgreSQL calls it so.
LEFT_OVER = "_ccnew"
# Building an index waits for transactions that are older, and keeps only changes of the schema waiting.
LOCK_TIMEOUT = "5min"
PAUSE = float(os.environ.get("PAUSE_SECONDS", "30"))
# Of advisory locks in a database, so that two runs never work at once.
LOCK = 0x64696679

TABLES = """
  SELECT n.nspname, c.relname, pg_total_relation_size(c.oid), pg_table_size(c.oid), pg_indexes_size(c.oid),
    coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND pg_has_role(current_user, c.relowner, 'USAGE')
  ORDER BY 3 DESC, 1, 2"""
# Asking for a size waits for whoever locks the table; this does not.
DEAD = """
  SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE c.relkind = 'r' AND s.n_dead_tup > 0 AND pg_has_role(current_user, c.relowner, 'USAGE')
  ORDER BY s.n_dead_tup DESC, 1, 2"""
INDEXES = """
  SELECT n.nspname, c.relname, pg_relation_size(c.oid), i.indisvalid
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am a ON a.oid = c.relam
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND a.amname = 'btree'
    AND pg_has_role(current_user, c.relowner, 'USAGE')
  ORDER BY 3 DESC, 1, 2"""
# Whose login it is does not matter, and neither does whose dump.
DUMPS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('pg_dump', 'pg_restore')"


def log(**entry):
    """As Cloud Logging reads it: https://cloud.google.com/logging/docs/structured-logging"""
    print(json.dumps({"severity": "INFO", **entry}), flush=True)


class Window:
    def __init__(self, minutes):
        self.end = time.monotonic() + minutes * 60

    def left(self):
        """Milliseconds; 0 when it is over."""
        return max(0, int((self.end - time.monotonic()) * 1000))


class Database:
    def __init__(self, name, window):
        self.name = name
        self.window = window
        self.connection = psycopg2.connect(
            host=os.environ["DB_HOST"],
            port=os.environ.get("DB_PORT", "5432"),
            user=os.environ["DB_USER"],
            dbname=name,
            application_name="maintain-database",
            connect_timeout=10,
        )
        # Neither VACUUM nor REINDEX CONCURRENTLY runs in a transaction.
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = %s", (LOCK_TIMEOUT,))

    def ask(self, query, values=None):
        with self.connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def alone(self):
        return self.ask("SELECT pg_try_advisory_lock(%s)", (LOCK,))[0][0]

    def wait_for_dumps(self):
        """Whether none runs any more."""
        while self.ask(DUMPS)[0][0]:
            if self.window.left() < PAUSE * 1000:
                self.window.end = time.monotonic()
                return False
            time.sleep(PAUSE)
        return True

    def work(self, what, statement, of):
        """Whether there is time for more."""
        if not self.wait_for_dumps() or self.window.left() == 0:
            return False
        began = time.monotonic()
        with self.connection.cursor() as cursor:
            try:
                cursor.execute("SET statement_timeout = %s", (max(1, self.window.left()),))
                cursor.execute(statement)
            except LockNotAvailable:
                log(message=f"{what}: {of} is locked by somebody else, and left out", database=self.name, severity="WARNING")
            except QueryCanceled:
                log(message=f"{what}: the window ended while {of} was under way", database=self.name, severity="WARNING")
                return False
            finally:
                cursor.execute("SET statement_timeout = 0")
        log(message=f"{what}: {of}", database=self.name, seconds=round(time.monotonic() - began, 1))
        return True

    def report(self):
        size = self.ask("SELECT pg_database_size(current_database())")[0][0]
        tables = self.ask(TABLES)
        largest = [
            {"table": f"{schema}.{table}", "bytes": total, "tableBytes": own, "indexBytes": indexes, "rows": live, "deadRows": dead}
            for schema, table, total, own, indexes, live, dead in tables[:MOST]
        ]
        log(
            message=f"sizes of {self.name}",
            database=self.name,
            databaseBytes=size,
            tableBytes=sum(row[3] for row in tables),
            indexBytes=sum(row[4] for row in tables),
            deadRows=sum(row[6] for row in tables),
            largest=largest,
        )

    def vacuum(self):
        for schema, table in self.ask(DEAD):
            name = Identifier(schema, table)
            # A table that is locked is left out by VACUUM itself.
            if not self.work("vacuum", SQL("VACUUM (ANALYZE, SKIP_LOCKED) {}").format(name), f"{schema}.{table}"):
                return

    def reindex(self):
        for schema, index, size, valid in self.ask(INDEXES):
            name = Identifier(schema, index)
            if not valid and LEFT_OVER in index:
                if not self.work("drop what a run left", SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name), f"{schema}.{index}"):
                    return
            elif size >= WORTH and not self.work("reindex", SQL("REINDEX INDEX CONCURRENTLY {}").format(name), f"{schema}.{index}"):
                return


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    tasks = os.environ["TASKS"].split()
    if not tasks or any(task not in TASKS for task in tasks):
        sys.exit(f"maintain-database: error: TASKS is '{' '.join(tasks)}', and {', '.join(TASKS)} are known")
    window = Window(float(os.environ["WINDOW_MINUTES"]))
    names = [os.environ["DB_NAME"], *os.environ.get("ADDITIONAL_DATABASES", "").split()]
    try:
        databases = [Database(name, window) for name in names]
        for database in databases:
            if not database.alone():
                log(message=f"another run works on {database.name}: this one does nothing", severity="WARNING")
                return
        for task in TASKS:
            for database in databases if task in tasks else []:
                getattr(database, task)()
        log(message="maintain-database: done" if window.left() else "maintain-database: the window is over")
    except psycopg2.Error as error:
        log(message=f"maintain-database: {str(error).strip()}", severity="ERROR")
        sys.exit(1)


if __name__ == "__main__":
    main()

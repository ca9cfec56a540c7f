#!/bin/sh
# Prepares the databases of an application before its components start. Runs in a stock PostgreSQL client image, so it
# is plain POSIX sh; everything it does can be done again, from whatever state the last run left.
set -eu
# Names are data: a `*` in a list of databases must not turn into file names.
set -f

usage() {
  cat <<'USAGE'
Usage: db-init.sh [--help]

Waits for PostgreSQL, lets the application's user create tables in every database, creates extensions in the main
database, and tries it all out. Safe to run any number of times.

Environment:
  DB_HOST               server, usually the Auth Proxy on 127.0.0.1
  DB_PORT               its port (default 5432)
  DB_USER               the application's user
  DB_NAME               the main database
  PGPASSWORD            the user's password
  ADDITIONAL_DATABASES  more databases of the same user, separated by spaces
  POSTGRES_EXTENSIONS   extensions of the main database, separated by spaces: vector
  DB_WAIT_SECONDS       how long to wait for the server (default 300)
  PGSSLMODE             libpq's own, and every other variable of libpq
USAGE
}

log() {
  printf 'db-init: %s\n' "$*"
}

fail() {
  printf 'db-init: error: %s\n' "$*" >&2
  exit 1
}

# SQL comes on standard input, where psql replaces :"name" and :'name' (with -c it does not). The database goes through
# PGDATABASE, because psql would read an argument like "host=elsewhere" as a whole connection string.
sql() {
  PGDATABASE=$1
  export PGDATABASE
  shift
  psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

is_number() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
}

check_settings() {
  missing=
  for name in DB_HOST DB_USER DB_NAME PGPASSWORD; do
    eval "value=\${$name:-}"
    # shellcheck disable=SC2154 # set by eval
    [ -n "$value" ] || missing="$missing $name"
  done
  [ -z "$missing" ] || fail "not set:$missing (see --help)"
  is_number "$DB_PORT" || fail "DB_PORT must be a number, not '$DB_PORT'"
  is_number "$DB_WAIT_SECONDS" || fail "DB_WAIT_SECONDS must be a number, not '$DB_WAIT_SECONDS'"
  command -v psql >/dev/null || fail "psql is not installed"
}

wait_for_server() {
  start=$(date +%s)
  while :; do
    if reason=$(echo 'SELECT 1;' | sql "$DB_NAME" 2>&1 >/dev/null); then
      log "connected to $DB_HOST:$DB_PORT as $DB_USER"
      return
    fi
    # Waiting cures a server that is not up yet, not a wrong answer from one that is.
    case $reason in
      *'password authentication failed'*)
        fail "the server refuses the password of user '$DB_USER'"
        ;;
      *'no pg_hba.conf entry'*)
        fail "the server does not let '$DB_USER' in this way (TLS required?): $reason"
        ;;
      *FATAL:*role*'does not exist'*)
        fail "user '$DB_USER' does not exist"
        ;;
      *FATAL:*database*'does not exist'*)
        fail "database '$DB_NAME' does not exist"
        ;;
    esac
    waited=$(($(date +%s) - start))
    [ "$waited" -lt "$DB_WAIT_SECONDS" ] ||
      fail "no connection to $DB_HOST:$DB_PORT after $waited seconds; last answer: $reason"
    log "waiting for $DB_HOST:$DB_PORT ($waited of at most $DB_WAIT_SECONDS seconds): $(printf '%s' "$reason" | head -n 1)"
    sleep 2
  done
}

require_database() {
  found=$(
    sql "$DB_NAME" --set=name="$1" <<'SQL'
SELECT count(*) FROM pg_catalog.pg_database WHERE datname = :'name';
SQL
  )
  [ "$found" = 1 ] || fail "database '$1' does not exist (ADDITIONAL_DATABASES)"
}

# Since PostgreSQL 15 only the database's owner may create in schema public. On Cloud SQL that is cloudsqlsuperuser, of
# which the user is a member; the grant makes it independent of that membership. Who may not grant may still have the
# right already, so only the trial afterwards decides.
grant_schema() {
  if reason=$(
    sql "$1" 2>&1 >/dev/null <<'SQL'
SET client_min_messages = error;
GRANT USAGE, CREATE ON SCHEMA public TO CURRENT_USER;
SQL
  ); then
    return
  fi
  log "database '$1': could not grant on schema public, trying without: $(printf '%s' "$reason" | head -n 1)"
}

# In one transaction, so that a job killed in the middle leaves no table behind.
try_tables() {
  if ! reason=$(
    sql "$1" --set=table="db_init_trial_$$" 2>&1 >/dev/null <<'SQL'
BEGIN;
CREATE TABLE public.:"table" (id integer PRIMARY KEY, content text);
INSERT INTO public.:"table" VALUES (1, 'trial');
DROP TABLE public.:"table";
COMMIT;
SQL
  ); then
    owner=$(
      sql "$1" <<'SQL'
SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database();
SQL
    )
    fail "'$DB_USER' cannot create tables in schema public of database '$1': $reason
Its owner, '$owner', has to run there: GRANT USAGE, CREATE ON SCHEMA public TO \"$DB_USER\";"
  fi
  log "database '$1': '$DB_USER' can create and drop tables"
}

installed_version() {
  sql "$DB_NAME" --set=extension="$1" <<'SQL'
SELECT extversion FROM pg_catalog.pg_extension WHERE extname = :'extension';
SQL
}

create_extension() {
  version=$(installed_version "$1")
  if [ -n "$version" ]; then
    log "extension '$1' $version is there already"
    return
  fi
  available=$(
    sql "$DB_NAME" --set=extension="$1" <<'SQL'
SELECT count(*) FROM pg_catalog.pg_available_extensions WHERE name = :'extension';
SQL
  )
  [ "$available" = 1 ] || fail "this server does not offer extension '$1'"
  if ! reason=$(
    sql "$DB_NAME" --set=extension="$1" 2>&1 >/dev/null <<'SQL'
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS :"extension";
SQL
  ); then
    fail "'$DB_USER' cannot create extension '$1': $reason
On Cloud SQL only a user made through its API (a member of cloudsqlsuperuser) may."
  fi
  log "extension '$1' $(installed_version "$1") created"
}

try_vector() {
  if ! nearest=$(
    sql "$DB_NAME" 2>&1 <<'SQL'
CREATE TEMPORARY TABLE db_init_vectors (name text, embedding vector(3));
INSERT INTO db_init_vectors VALUES ('near', '[1,2,3]'), ('far', '[9,9,9]');
SELECT name FROM db_init_vectors ORDER BY embedding <-> '[1,2,4]' LIMIT 1;
SQL
  ); then
    fail "extension 'vector' is there but does not work for '$DB_USER': $nearest"
  fi
  [ "$nearest" = near ] || fail "extension 'vector' gave a wrong answer: $nearest"
  log "extension 'vector' works"
}

main() {
  case ${1:-} in
    '') ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac

  : "${DB_PORT:=5432}" "${DB_WAIT_SECONDS:=300}" "${ADDITIONAL_DATABASES:=}" "${POSTGRES_EXTENSIONS:=}"
  check_settings
  export PGHOST="$DB_HOST" PGPORT="$DB_PORT" PGUSER="$DB_USER" PGPASSWORD
  export PGAPPNAME=db-init PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-5}"
  # The messages looked for below are English ones.
  export LC_ALL=C

  wait_for_server

  # Everything that must be there is checked before anything is changed.
  for database in $ADDITIONAL_DATABASES; do
    require_database "$database"
  done

  grant_schema "$DB_NAME"
  try_tables "$DB_NAME"
  for database in $ADDITIONAL_DATABASES; do
    grant_schema "$database"
    try_tables "$database"
  done

  for extension in $POSTGRES_EXTENSIONS; do
    create_extension "$extension"
    [ "$extension" != vector ] || try_vector
  done
  log "done"
}

main "$@"

#!/usr/bin/env bash
# Brings Dify's database to the schema of the release whose image this runs in, before anything of the release starts.
# It can be run again from whatever state the last run left.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: migrate.sh [--help]

Waits for Redis, which holds the lock of the migrations and which nothing of Dify works without (redis-ready.py, next to this
file), runs Dify's migrations and makes sure that they ran: Dify's own command also ends well where another process holds its lock
("Database migration skipped"), and in releases before 1.9 where a migration failed. Runs in the API's image.

Environment, beside Dify's own:
  MIGRATION_WAIT_SECONDS  how long to wait for a lock that another process holds (default 900)
USAGE
}

log() { printf 'migrate: %s\n' "$*"; }
fail() {
  printf 'migrate: error: %s\n' "$*" >&2
  exit 1
}

# Revisions are hexadecimal; what is logged around them is not wanted.
revisions() { flask db "$1" 2>/dev/null | grep -oE '^[0-9a-f]{8,}' | sort; }

upgrade() {
  local output
  output=$(mktemp)
  # Also shown while it runs: a large table takes a while.
  if ! flask upgrade-db 2>&1 | tee "$output"; then
    rm -f "$output"
    fail "the migrations failed, see above. The previous release goes on with the database as it is."
  fi
  if grep -q 'migration skipped' "$output"; then
    rm -f "$output"
    return 1
  fi
  rm -f "$output"
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
  local wait=${MIGRATION_WAIT_SECONDS:-900} heads current
  [[ $wait =~ ^[0-9]+$ ]] || fail "MIGRATION_WAIT_SECONDS must be a number, not '$wait'"
  python "$(dirname "$0")/redis-ready.py"
  until upgrade; do
    ((SECONDS < wait)) || fail "another process holds the lock of the migrations, for $SECONDS seconds now"
    log "another process holds the lock; waiting ($SECONDS of at most $wait seconds)"
    sleep 10
  done
  heads=$(revisions heads) || fail "cannot read which revision this release needs"
  current=$(revisions current) || fail "the database has no revision"
  [[ $current == "$heads" ]] || fail "the database is at revision ${current//$'\n'/, }, and this release needs ${heads//$'\n'/, }"
  log "the database is at revision ${heads//$'\n'/, }"
}

main "$@"

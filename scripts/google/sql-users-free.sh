#!/bin/sh
# Usage: sql-users-free.sh [--help]
#
# Fails if a Cloud SQL instance of others has a database user of a name that this deployment is about to create. The provider has no list
# of users, and gives an existing one another password without a warning. Run by Terraform during an apply, before anything is
# noted or written there.
#
# Environment:
#   PROJECT        id of the project
#   INSTANCE       name of the instance
#   USERS          the users, separated by blanks; each as <name>:<claim>:<secret>[:later]. It is this deployment's own if CLAIMS
#                  has the claim, or where there is no CLAIMS yet (with later, also where there is), if the secret is there
#   CLAIMS         secret whose annotations say what this deployment has taken
#   TOKEN          access token
#   QUOTA_PROJECT  project that the requests count for (default: the token's own)
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

fail() {
  echo "sql-users-free: $*" >&2
  exit 1
}

if ! command -v curl >/dev/null; then
  echo "sql-users-free: warning: curl is not installed, so nothing checked whether $INSTANCE has these users already" >&2
  exit 0
fi

# Prints what is at an address, and nothing where nothing is. The token goes in on standard input: a command line can be read by every
# user of the machine.
read_from() {
  answer=$(
    {
      printf 'header = "Authorization: Bearer %s"\n' "$TOKEN"
      [ -z "${QUOTA_PROJECT:-}" ] || printf 'header = "x-goog-user-project: %s"\n' "$QUOTA_PROJECT"
    } | curl --silent --show-error --max-time 60 --retry 3 --config - --write-out '\n%{http_code}' "$1"
  ) || fail "no answer from $1"
  case $answer in
    *200) printf '%s' "${answer%200}" | tr -d '\n' ;;
    *404) ;;
    *) fail "Google's answer to $1: $(printf '%s' "$answer" | tr -s ' \n' ' ' | cut -c1-500)" ;;
  esac
}

secrets=https://secretmanager.googleapis.com/v1/projects/$PROJECT/secrets
# shellcheck disable=SC2153 # they are environment variables
taken=$(read_from "https://sqladmin.googleapis.com/v1/projects/$PROJECT/instances/$INSTANCE/users")
# shellcheck disable=SC2153
noted=$(read_from "$secrets/$CLAIMS")
# shellcheck disable=SC2153
for user in $USERS; do
  name=${user%%:*}
  claim=${user#*:}
  secret=${claim#*:}
  claim=${claim%%:*}
  later=
  case $secret in *:later) later=yes secret=${secret%:later} ;; esac
  printf '%s' "$taken" | grep -Eq "\"name\" *: *\"$name\"" || continue
  if [ -n "$noted" ] && printf '%s' "$noted" | grep -q "\"$claim\""; then continue; fi
  if [ -z "$noted" ] || [ -n "$later" ]; then
    earlier=$(read_from "$secrets/$secret")
    if [ -n "$earlier" ]; then continue; fi
  fi
  fail "Cloud SQL instance $INSTANCE has a user $name already, which no apply of this environment has made: this one would give it" \
    "another password, and cut off who uses it. Nothing is changed. Set db_user (of a stage: its own) to a name that is free:" \
    "gcloud sql users list --instance=$INSTANCE --project=$PROJECT. If the user is this environment's own, have it imported" \
    "(docs/existing-services.md#databases-that-exist) and set take_over_databases = true for that apply."
done
echo "sql-users-free: no user of others on $INSTANCE is in the way"

#!/bin/sh
# Usage: service-agent.sh [--help]
#
# Has Google make the account that one of its services acts as in a project, and waits until it is there: Google makes it
# in the background, and a policy that names it earlier is refused. Run by Terraform during an apply.
#
# Environment:
#   SERVICE         first label of the API's host name: secretmanager
#   PROJECT         id or number of the project
#   TOKEN           access token
#   QUOTA_PROJECT   project that the request counts for (default: the token's own)
#   SETTLE_SECONDS  time for a new account to be known everywhere (default 10)
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

fail() {
  echo "service-agent: $SERVICE: $*" >&2
  exit 1
}

# The token goes in on standard input: a command line can be read by every user of the machine.
request() {
  {
    printf 'header = "Authorization: Bearer %s"\n' "$TOKEN"
    [ -z "${QUOTA_PROJECT:-}" ] || printf 'header = "x-goog-user-project: %s"\n' "$QUOTA_PROJECT"
  } | curl --silent --show-error --fail --max-time 60 --retry 2 --config - "$@" | tr -d '\n'
}

is_done() { printf '%s' "$operation" | grep -Eq '"done" *: *true'; }

operation=$(request --request POST --data '' \
  "https://serviceusage.googleapis.com/v1beta1/projects/$PROJECT/services/$SERVICE.googleapis.com:generateServiceIdentity")
name=$(printf '%s' "$operation" | sed -En 's|.*"name" *: *"(operations/[^"]*)".*|\1|p')
tries=60
until is_done; do
  [ -n "$name" ] || fail "Google's answer names no operation to wait for: $operation"
  [ "$tries" -gt 0 ] || fail "the account does not exist after two minutes."
  tries=$((tries - 1))
  sleep 2
  operation=$(request "https://serviceusage.googleapis.com/v1/$name")
done
if printf '%s' "$operation" | grep -Eq '"error" *:'; then fail "$operation"; fi
# What was there before is known everywhere. Google calls such an operation operations/….DONE_OPERATION.
case $name in
  *DONE_OPERATION) ;;
  *) sleep "${SETTLE_SECONDS:-10}" ;;
esac

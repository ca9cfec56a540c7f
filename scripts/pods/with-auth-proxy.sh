#!/bin/sh
# Starts the Cloud SQL Auth Proxy in the background, and then replaces this shell with the given command: the container ends with the
# command and its exit code, and the proxy ends with the container.
#
# In a pod's manifest these comments are left out.
#
# Runs as text in a pod: no braces behind a dollar sign, which Terraform would read as its own.
# PROGRAM is the proxy, ARGUMENTS are its own, HEALTH_PORT is that of its health checks.
set -eu
usage='Usage: PROGRAM=<Auth Proxy> ARGUMENTS=<its arguments> HEALTH_PORT=<port> with-auth-proxy.sh <command> [<argument>…]'
[ $# -gt 0 ] || set -- -
case $1 in
  -h | --help) echo "$usage" && exit 0 ;;
  -*) echo "$usage" >&2 && exit 2 ;;
esac

# Not quoted, because there are several, and none of them has a blank.
# shellcheck disable=SC2086,SC2154
"$PROGRAM" $ARGUMENTS >&2 &
if ! "$PROGRAM" wait --max=120s --http-port="$HEALTH_PORT"; then
  echo 'The Cloud SQL Auth Proxy has not started within 120 seconds: its errors are above' >&2
  exit 1
fi
exec "$@"

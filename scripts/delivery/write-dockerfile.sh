#!/usr/bin/env bash
# Usage: write-dockerfile.sh [--help]
#
# Writes the Dockerfile from the settings, for the next step. A step of Cloud Build, run in the repository's top
# directory, or in an empty one.
#
# Environment:
#   DOCKERFILE          path to write, in that directory
#   DOCKERFILE_CONTENT  what the file has to hold
#   DELIVERY_DIR        not used: every step has it
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'write-dockerfile: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in DOCKERFILE DOCKERFILE_CONTENT; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
[[ $DOCKERFILE != */* ]] || fail "DOCKERFILE is '$DOCKERFILE'. Give the name of a file, without a directory."

# What the repository has under this name, such as a link that leads out of it, is not written through.
rm -rf -- "$DOCKERFILE"
printf '%s\n' "$DOCKERFILE_CONTENT" >"$DOCKERFILE"
log "wrote $DOCKERFILE"

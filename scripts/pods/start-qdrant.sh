#!/usr/bin/env bash
# Starts Qdrant as one pod of several that find each other: the first one is who the others join. In Qdrant's image.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: start-qdrant.sh [--help]

Environment, in addition to Qdrant's own:
  HOSTNAME  of the pod: its number is at the end
  PEERS     Service in which each pod has its name
  P2P       port of the pods among themselves
USAGE
}

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
me="http://$HOSTNAME.$PEERS:$P2P"
first="http://${HOSTNAME%-*}-0.$PEERS:$P2P"
[ "$me" != "$first" ] || exec ./entrypoint.sh --uri "$me"
exec ./entrypoint.sh --bootstrap "$first" --uri "$me"

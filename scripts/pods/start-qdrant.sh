#!/usr/bin/env bash
# Starts Qdrant as one pod of several that find each other: the first one is who the others join. In Qdrant's image.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: start-qdrant.sh [--help]

Environment, in addition to Qdrant's own:
  HOSTNAME       of the pod: its number is at the end
  PEERS          Service in which each pod has its name
  P2P            port of the pods among themselves
  PAUSE_SECONDS  between two looks for the first pod (default: 1)
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
# Without a cluster yet, it gives up at once where the first pod does not answer, and restarting takes longer each time.
if [ ! -e "${QDRANT__STORAGE__STORAGE_PATH:-./storage}/raft_state.json" ]; then
  # The first process of a container gets no signal that it has no trap for.
  trap 'exit 143' TERM
  until (exec 3<>"/dev/tcp/${HOSTNAME%-*}-0.$PEERS/$P2P") 2>/dev/null; do sleep "${PAUSE_SECONDS:-1}"; done
fi
exec ./entrypoint.sh --bootstrap "$first" --uri "$me"

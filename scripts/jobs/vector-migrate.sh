#!/usr/bin/env bash
# Moves the vectors of knowledge and annotations to the store that VECTOR_STORE names, with Dify's own command. It can be run again:
# knowledge that has moved is left as it is.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: vector-migrate.sh [--help]

Runs `flask vdb-migrate`, which embeds everything anew in the store in use, and fails if anything has not moved: the command itself
only says so and ends well. What has not moved is still found in the previous store. Runs in the API's image.
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
output=$(mktemp)
trap 'rm -f "$output"' EXIT
if ! flask vdb-migrate 2>&1 | tee "$output"; then
  printf 'vector-migrate: error: the command failed, see above. Correct what it says, and start the job again: what it has moved is not moved twice.\n' >&2
  exit 1
fi
failed=$(grep -cE 'Error creating (dataset|app annotation) index' "$output" || true)
if ((failed > 0)); then
  printf 'vector-migrate: error: %s did not move, see above. They are still found in the previous store. Start the job again.\n' "$failed" >&2
  exit 1
fi
# Both parts say that they are complete.
if (($(grep -c 'Migration complete' "$output" || true) < 2)); then
  printf 'vector-migrate: error: the command ended without having looked at everything\n' >&2
  exit 1
fi
printf 'vector-migrate: done: everything is in %s\n' "${VECTOR_STORE:-the store in use}"

#!/usr/bin/env bash
# Usage: deploy-images.sh [--help]
#
# Puts images straight into a cluster and waits until they run; if one does not, all go back. A step of Cloud Build.
#
# Environment:
#   PROJECT, LOCATION, CLUSTER  the GKE cluster
#   ENDPOINT                    public, internal-ip or dns-endpoint
#   NAMESPACE                   the workloads' namespace
#   WORKLOADS                   kind/name container image-name, one a line
#   ROLLOUT_TIMEOUT_SECONDS     for all rollouts together
#   DELIVERY_DIR                has the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'deploy-images: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in PROJECT LOCATION CLUSTER ENDPOINT NAMESPACE WORKLOADS ROLLOUT_TIMEOUT_SECONDS; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
[[ $ENDPOINT/$ROLLOUT_TIMEOUT_SECONDS =~ ^(public|internal-ip|dns-endpoint)/[0-9]+$ ]] ||
  fail "ENDPOINT has to be one of those in --help, and ROLLOUT_TIMEOUT_SECONDS a number."
file=${DELIVERY_DIR:-/delivery}/images
[ -s "$file" ] || fail "no images in $file. An earlier step has to write it."

declare -A images=() before=()
while read -r workload container image rest; do
  [ -n "$workload" ] || continue
  [[ $workload =~ ^(deployment|statefulset|daemonset)/. && $image && ! $rest ]] ||
    fail "'$workload $container $image $rest' of WORKLOADS is not 'deployment/name container image-name'."
  reference=$(awk -v start="$image=" 'index($0, start) == 1 { print substr($0, length(start) + 1); exit }' "$file")
  [ -z "$reference" ] || images[$workload]+=" $container=$reference"
done <<<"$WORKLOADS"
((${#images[@]})) || fail "no image of $file is named in WORKLOADS. Correct the names."
mapfile -t names < <(printf '%s\n' "${!images[@]}" | sort)

options=(--location="$LOCATION" --project="$PROJECT")
[ "$ENDPOINT" = public ] || options+=("--$ENDPOINT")
gcloud container clusters get-credentials "$CLUSTER" "${options[@]}" || fail "cannot reach cluster $CLUSTER, see above."
kube() { kubectl --namespace="$NAMESPACE" "$@"; }

roll_out() {
  local end=$((SECONDS + ROLLOUT_TIMEOUT_SECONDS))
  for name in "${names[@]}"; do
    log "$name:${images[$name]}"
    # shellcheck disable=SC2086 # words
    kube set image "$name" ${images[$name]} || return
  done
  for name in "${names[@]}"; do
    kube rollout status "$name" --timeout="$((end > SECONDS ? end - SECONDS : 1))s" || return
  done
}

# Events and last lines. The pods themselves hold their environment, so of them only names are printed.
explain() {
  kube get events --output=custom-columns=:.involvedObject.name,:.reason,:.message |
    grep "^${1#*/}" | tail -n 10
  kube get pods --output=json | python3 -c '
import json, sys
for pod in json.load(sys.stdin)["items"]:
    name, status = pod["metadata"]["name"], pod["status"]
    for c in status.get("initContainerStatuses", []) + status.get("containerStatuses", []):
        if name.startswith(sys.argv[1] + "-") and not c["ready"]:
            print(name, c["name"])' "${1#*/}" |
    while read -r pod container; do
      log "last lines of $container in $pod:"
      kube logs "$pod" --container="$container" --tail=10
    done
}

path="{range .spec.template.spec['initContainers','containers'][*]}{.name}={.image} {end}"
for name in "${names[@]}"; do
  before[$name]=" $(kube get "$name" --output=jsonpath="$path")" || fail "cannot read $name. Nothing is changed yet."
done
roll_out && log "all rollouts are done" && exit
log "rollout of $name failed:" >&2
explain "$name" >&2 || true
for name in "${names[@]}"; do images[$name]=${before[$name]}; done
roll_out || fail "the rollout failed, and so did going back to the old images. Look at $name."
fail "the rollout failed. The old images run again, but migrations of the database that ran stay."

#!/usr/bin/env bash
# Usage: run-jobs.sh [--help]
#
# Runs jobs with the new images before they start: migrations of the database. A step of Cloud Build.
#
# Environment:
#   PROJECT, LOCATION, CLUSTER  the GKE cluster
#   ENDPOINT                    public, internal-ip or dns-endpoint
#   NAMESPACE                   the workloads' namespace
#   JOBS                        cronjob-name container image-name timeout-seconds, one a line
#   DELIVERY_DIR                has the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'run-jobs: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in PROJECT LOCATION CLUSTER ENDPOINT NAMESPACE JOBS; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
[[ $ENDPOINT =~ ^(public|internal-ip|dns-endpoint)$ ]] || fail "ENDPOINT has to be one of those in --help."
file=${DELIVERY_DIR:-/delivery}/images
[ -s "$file" ] || fail "no images in $file. An earlier step has to write it."

options=(--location="$LOCATION" --project="$PROJECT")
[ "$ENDPOINT" = public ] || options+=("--$ENDPOINT")
gcloud container clusters get-credentials "$CLUSTER" "${options[@]}" || fail "cannot reach cluster $CLUSTER, see above."
kube() { kubectl --namespace="$NAMESPACE" "$@"; }

# The job as the suspended CronJob describes it, with the new image. Standard input: the CronJob's own job.
with_image() {
  python3 -c '
import json, sys
job = json.load(sys.stdin)
for container in job["spec"]["template"]["spec"]["containers"]:
    if container["name"] == sys.argv[1]:
        container["image"] = sys.argv[2]
json.dump(job, sys.stdout)' "$@"
}

# Of a pod that failed only what it printed: its environment stays where it is.
await_end() {
  local job=$1 end=$((SECONDS + $2)) state
  while state=$(kube get job "$job" --output='jsonpath={.status.conditions[?(@.status=="True")].type}'); do
    case $state in
      *Complete*) return ;;
      *Failed*) break ;;
    esac
    ((SECONDS < end)) || break
    sleep 5
  done
  kube logs "job/$job" --tail=20 >&2 || true
  fail "$job did not complete, its last lines are above. No image was changed: the old version keeps running."
}

while read -r cronjob container image timeout rest; do
  [ -n "$cronjob" ] || continue
  [[ $image && $timeout =~ ^[0-9]+$ && ! $rest ]] ||
    fail "'$cronjob $container $image $timeout $rest' of JOBS is not 'cronjob-name container image-name timeout-seconds'."
  reference=$(awk -v start="$image=" 'index($0, start) == 1 { print substr($0, length(start) + 1); exit }' "$file")
  [ -n "$reference" ] || continue
  job=$cronjob-$(date +%s)
  log "$job: $container=$reference"
  described=$(kube create job "$job" --from="cronjob/$cronjob" --dry-run=client --output=json) ||
    fail "cannot read cronjob/$cronjob, see above."
  with_image "$container" "$reference" <<<"$described" | kube create --filename=- || fail "cannot start $job, see above."
  await_end "$job" "$timeout"
  log "$job is done"
done <<<"$JOBS"

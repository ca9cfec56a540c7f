#!/usr/bin/env bash
# Usage: create-release.sh [--help]
#
# Makes a release of Cloud Deploy from the manifests in a bucket and the images that earlier steps noted. A step of Cloud
# Build. Run again in the same build it finds its release, and makes only the rollout that is still missing.
#
# Environment:
#   PROJECT, REGION, PIPELINE  the delivery pipeline
#   MANIFESTS                  gs://bucket/prefix that holds skaffold.yaml and the manifests
#   STAGING                    gs://bucket/prefix for the release's own copy of them
#   COMMIT_SHA, BUILD_ID       what the release comes from; its name is made of them
#   DESCRIPTION                text shown with the release; may be empty
#   DELIVERY_DIR               has the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'create-release: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in PROJECT REGION PIPELINE MANIFESTS STAGING COMMIT_SHA BUILD_ID; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
for name in MANIFESTS STAGING; do
  [[ ${!name} == gs://?* ]] || fail "$name is '${!name}'. Give a place in a bucket: gs://bucket/prefix."
done
file=${DELIVERY_DIR:-/delivery}/images
[ -s "$file" ] || fail "no images in $file. An earlier step has to write it."
images=$(paste -sd, "$file")

release=r-${COMMIT_SHA:0:12}-${BUILD_ID:0:8}
release=${release,,}
[[ $release =~ ^[a-z0-9-]*[a-z0-9]$ ]] || fail "'$release' cannot be a release's name. Check COMMIT_SHA and BUILD_ID."
url="https://console.cloud.google.com/deploy/delivery-pipelines/$REGION/$PIPELINE/releases/$release/rollouts?project=$PROJECT"
place=(--project="$PROJECT" --region="$REGION" --delivery-pipeline="$PIPELINE")

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

if state=$(gcloud deploy releases describe "$release" "${place[@]}" --format='value(renderState)' 2>"$directory/reason"); then
  [ "$state" != FAILED ] || fail "release $release exists already and could not be rendered. Push a new commit: $url"
  rollouts=$(gcloud deploy rollouts list --release="$release" "${place[@]}" --format='value(name)') ||
    fail "cannot list the rollouts of $release."
  if [ -z "$rollouts" ]; then
    log "release $release exists already, without a rollout"
    gcloud deploy releases promote --release="$release" "${place[@]}" --quiet ||
      fail "$release did not get its first rollout. See gcloud's message."
  fi
  log "release $release exists already ($state): $url"
  exit
fi
grep -q NOT_FOUND "$directory/reason" || fail "cannot look for release $release: $(cat "$directory/reason")"

mkdir "$directory/source"
gcloud storage cp --recursive "${MANIFESTS%/}/*" "$directory/source/" ||
  fail "cannot copy $MANIFESTS. Apply the stack that writes the manifests, and let the build's account read the bucket."
[ -f "$directory/source/skaffold.yaml" ] || fail "there is no skaffold.yaml in $MANIFESTS. Apply the stack that writes it."

# The pods read their configuration when they start; an annotation that is new in every release restarts them.
found=0
while IFS= read -r manifest; do
  sed -i "s/release-placeholder/$release/g" "$manifest"
  found=1
done < <(grep -rl --include='*.yaml' release-placeholder "$directory/source")
((found)) || fail "no .yaml of $MANIFESTS has 'release-placeholder' in it: pods would keep old settings. Apply the stack."

log "making release $release with $images"
gcloud deploy releases create "$release" "${place[@]}" --source="$directory/source" --skaffold-file=skaffold.yaml \
  --gcs-source-staging-dir="$STAGING" --images="$images" --annotations="commit=$COMMIT_SHA,build=$BUILD_ID" \
  --description="${DESCRIPTION:-Commit $COMMIT_SHA}" || fail "release $release could not be made. See gcloud's message."
log "release $release: $url"

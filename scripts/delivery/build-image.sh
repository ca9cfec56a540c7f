#!/usr/bin/env bash
# Usage: build-image.sh [--help]
#
# Builds an image from the repository, pushes it, and notes for later steps which images it replaces.
# A step of Cloud Build, run in the repository's top directory.
#
# Environment:
#   IMAGE         repository to push to, without a tag
#   REPLACES      image names in the manifests that it replaces, one a line, without a tag
#   COMMIT_SHA    commit that is built: the image's tag
#   DOCKERFILE    path in the repository
#   CONTEXT       directory in the repository
#   BUILD_ARGS    KEY=VALUE, one a line; may be empty. No secrets: they would stay in the image's history
#   DELIVERY_DIR  gets the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'build-image: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

# A path may come from anybody who may push: it must not lead out of the repository, not even by a symbolic link.
check_path() {
  local path=${!1}
  case /$path/ in
    //* | */../*) fail "$1 is '$path', which leads out of the repository. Give a path inside of it." ;;
  esac
  test "$2" "$path" || fail "$1: there is no $3 '$path' in the repository. Set it to one that is committed."
  [[ $(realpath "./$path")/ == "$(realpath .)"/* ]] ||
    fail "$1: '$path' is a link that leads out of the repository. Give a path inside of it."
}

# Replaces a line of an earlier run, so that a step can run again and other images stay.
note_image() {
  touch "$DELIVERY_DIR/images"
  awk -v start="$1=" 'index($0, start) != 1' "$DELIVERY_DIR/images" >"$DELIVERY_DIR/images.new"
  printf '%s=%s\n' "$1" "$2" >>"$DELIVERY_DIR/images.new"
  mv "$DELIVERY_DIR/images.new" "$DELIVERY_DIR/images"
}

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in IMAGE REPLACES COMMIT_SHA DOCKERFILE CONTEXT; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
: "${DELIVERY_DIR:=/delivery}"
mapfile -t names < <(sed '/^[[:space:]]*$/d' <<<"$REPLACES")
for name in "$IMAGE" "${names[@]}"; do
  [[ ! $name =~ [[:space:]=@] && ${name##*/} != *:* ]] ||
    fail "'$name' is not an image name. Leave tag and digest out, and write one name a line."
done
check_path DOCKERFILE -f file
check_path CONTEXT -d directory

# The inline cache is what BuildKit reads from a pulled image; the older builder reads the layers, and only warns.
options=(--build-arg BUILDKIT_INLINE_CACHE=1)
while IFS= read -r line; do
  [ -n "$line" ] || continue
  # Without a value docker would take it from this step's own environment. The line may hold one, so it is not shown.
  [[ $line =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || fail "a line of BUILD_ARGS is not KEY=VALUE. Write one argument a line."
  options+=(--build-arg "$line")
done <<<"${BUILD_ARGS:-}"

if docker pull --quiet "$IMAGE:latest" >/dev/null 2>&1; then
  options+=(--cache-from "$IMAGE:latest")
else
  log "there is no $IMAGE:latest yet to build on: building everything"
fi
log "building $IMAGE:$COMMIT_SHA from $DOCKERFILE"
docker build --tag "$IMAGE:$COMMIT_SHA" --tag "$IMAGE:latest" --file "./$DOCKERFILE" \
  --label "org.opencontainers.image.revision=$COMMIT_SHA" "${options[@]}" "./$CONTEXT"
for tag in "$COMMIT_SHA" latest; do
  log "pushing $IMAGE:$tag"
  docker push "$IMAGE:$tag"
done

digests=$(docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$IMAGE:$COMMIT_SHA")
reference=$(awk -v start="$IMAGE@sha256:" 'index($0, start) == 1 { print; exit }' <<<"$digests")
[ -n "$reference" ] || fail "docker knows no digest of $IMAGE after the push. Run the build again."
mkdir -p "$DELIVERY_DIR"
for name in "${names[@]}"; do
  note_image "$name" "$reference"
  log "$name will run $reference"
done

#!/usr/bin/env bash
# Usage: read-version.sh [--help]
#
# For stock images, which need no build: reads the version to run from a file, checks that its images exist, and notes
# them with their digests for later steps. A step of Cloud Build, run in the repository's top directory.
#
# Environment:
#   VERSION_FILE  path in the repository: one line with the version; empty lines and lines that begin with # are skipped
#   IMAGES        name=reference, one a line: what pods pull, and where to look it up, with @VERSION@ for the version
#   DELIVERY_DIR  gets the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'read-version: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

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
for name in VERSION_FILE IMAGES; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
: "${DELIVERY_DIR:=/delivery}"

case /$VERSION_FILE/ in
  //* | */../*) fail "VERSION_FILE is '$VERSION_FILE', which leads out of the repository. Give a path inside of it." ;;
esac
[ -f "$VERSION_FILE" ] || fail "there is no file '$VERSION_FILE' in the repository. Commit it, or correct VERSION_FILE."
version=$(sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^#/d; /^$/d' "./$VERSION_FILE")
[ -n "$version" ] || fail "$VERSION_FILE names no version. Write one line with it, such as 1.16.1."
[[ $version != *$'\n'* ]] || fail "$VERSION_FILE names more than one version: ${version//$'\n'/, }. Keep one line."
[[ ! $version =~ ^v[0-9] ]] || version=${version#v}
[[ $version =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] ||
  fail "'$version' in $VERSION_FILE is not an image tag. Write only the version, such as 1.16.1."
[ "$version" != latest ] || fail "$VERSION_FILE says latest, which is another image every day. Name a version."
[[ ${IMAGES:-} == *@VERSION@* ]] || fail "no image of IMAGES has @VERSION@ in it, so the version would change nothing."
log "version $version"

mapfile -t images < <(sed '/^[[:space:]]*$/d' <<<"${IMAGES//@VERSION@/$version}")
absent=
for image in "${images[@]}"; do
  [[ $image == ?*=?* && ! $image =~ [[:space:]] ]] || fail "'$image' of IMAGES is not name=reference."
  # Cheap, and before anything big is fetched: a typo has to stop the build, not the pods.
  docker manifest inspect "${image#*=}" >/dev/null || absent+=" ${image#*=}"
done
[ -z "$absent" ] || fail "cannot find:$absent. Correct the version in $VERSION_FILE, or let the build's account read it."

# The whole answer before the first line of it is handed over.
references=()
for image in "${images[@]}"; do
  reference=${image#*=}
  docker pull --quiet "$reference" >/dev/null || fail "$reference is listed but cannot be pulled. See docker's message."
  name=${reference%%@*}
  [[ ${name##*/} != *:* ]] || name=${name%:*}
  digests=$(docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$reference")
  # Docker leaves Docker Hub's own words out of its answers.
  short=${name#docker.io/}
  digest=$(awk -v start="${short#library/}@" 'index($0, start) == 1 { print substr($0, length(start) + 1); exit }' <<<"$digests")
  [ -n "$digest" ] || fail "docker knows no digest of $reference after the pull. Run the build again."
  # Another stage's mirror has the same image.
  references+=("${image%%=*}@$digest")
done
mkdir -p "$DELIVERY_DIR"
for index in "${!images[@]}"; do
  note_image "${images[index]%%=*}" "${references[index]}"
  log "${images[index]%%=*} will run ${references[index]}"
done

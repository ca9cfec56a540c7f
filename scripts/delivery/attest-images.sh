#!/usr/bin/env bash
# Usage: attest-images.sh [--dry-run] --attestor ATTESTOR --key-version KEY IMAGE...
#        attest-images.sh [--dry-run] --attestor ATTESTOR --key-version KEY --images-file FILE
#        attest-images.sh [--dry-run] --stack DIRECTORY
#        attest-images.sh --help
#
# Lists which images Binary Authorization would let into the cluster, and attests the rest, so that they may run. For a
# person at a terminal, before enforcement is turned on or after a new version is chosen; the build signs automatically.
#
#   --stack        directory of an applied application stack, such as cdktf.out/stacks/dify-dev: attestor, key and the
#                  images that are in use come from its outputs, by terraform and python3
#   --attestor     projects/<project>/attestors/<name>; attestations are kept in the same project
#   --key-version  projects/<p>/locations/<l>/keyRings/<r>/cryptoKeys/<k>/cryptoKeyVersions/<n>
#   --images-file  one image a line, - for standard input; empty lines and lines that begin with # are skipped
#   --dry-run      only list; nothing is signed
#   IMAGE          with a tag or a digest
#
# Needs gcloud (logged in) and, for tags outside of Artifact Registry and for what a mirror has not fetched yet, docker.
# Ends with 0 if all images are attested, 1 after an error, 2 for wrong arguments, 3 if --dry-run found one missing.
#
# Environment:
#   NO_COLOR  any value: no colours; without a terminal there are none anyway
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
# Standard output is the answer: the table and the snippet. The rest goes to standard error.
log() { printf 'attest-images: %s\n' "$*" >&2; }
fail() {
  log "error: $*"
  exit 1
}
wrong() {
  printf '\nattest-images: error: %s\n' "$*" | { usage && cat; } >&2
  exit 2
}

((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4)) ||
  fail "this is bash $BASH_VERSION, too old. Install bash 4.4 or newer (macOS: brew install bash)."
# A failure inside of $(…) ends the script as well.
shopt -s inherit_errexit

green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

# What read_arguments sets.
dry_run=false attestor='' key_version='' images_file='' stack='' mirror=''
images=()
read_arguments() {
  while (($# > 0)); do
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --dry-run) dry_run=true ;;
      --attestor=* | --key-version=* | --images-file=* | --stack=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        continue
        ;;
      --attestor | --key-version | --images-file | --stack)
        [ -n "${2:-}" ] || wrong "$1 needs a value"
        case $1 in
          --attestor) attestor=$2 ;;
          --key-version) key_version=$2 ;;
          --images-file) images_file=$2 ;;
          --stack) stack=$2 ;;
        esac
        shift
        ;;
      -*) wrong "there is no option $1" ;;
      *) images+=("$1") ;;
    esac
    shift
  done
}

read_images_file() {
  local text
  if [ "$images_file" = - ]; then
    text=$(cat)
  else
    [ -f "$images_file" ] || fail "there is no file '$images_file' (--images-file)."
    text=$(cat "$images_file")
  fi
  local line
  while IFS= read -r line; do
    [ -z "$line" ] || images+=("$line")
  done < <(sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^#/d' <<<"$text")
}

# Prints attestor, key, mirror and images of a stack's outputs, a line each.
stack_outputs() {
  terraform -chdir="$stack" output -json | python3 -c '
import json, sys
outputs = {name: output["value"] for name, output in json.load(sys.stdin).items()}
admission = outputs.get("binary_authorization")
if not admission:
    sys.exit(3)
print(admission["attestor"], admission["key_version"], outputs.get("container_registry") or "", sep="\n")
print("\n".join(admission["images"]))
'
}

read_stack() {
  local lines
  lines=$(stack_outputs) ||
    fail "the stack in '$stack' says nothing of Binary Authorization. Apply it with enable_binary_authorization = true first."
  mapfile -t lines <<<"$lines"
  attestor=${attestor:-${lines[0]}} key_version=${key_version:-${lines[1]}} mirror=${lines[2]}
  ((${#images[@]} > 0)) || images=("${lines[@]:3}")
}

check_arguments() {
  local missing=''
  [ -n "$attestor" ] || missing+=' --attestor'
  [ -n "$key_version" ] || missing+=' --key-version'
  ((${#images[@]} > 0)) || missing+=' IMAGE'
  [ -z "$missing" ] || wrong "missing:$missing"
  [[ $attestor =~ ^projects/([^/]+)/attestors/[^/]+$ ]] ||
    fail "--attestor is '$attestor'. Give the full name: projects/<project>/attestors/<name>."
  project=${BASH_REMATCH[1]}
  [[ $key_version =~ ^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+/cryptoKeyVersions/[0-9]+$ ]] ||
    fail "--key-version is '$key_version'. Give the full name, down to cryptoKeyVersions/<number>."
  local image
  for image in "${images[@]}"; do
    [[ $image =~ ^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$ ]] || fail "'$image' is not an image."
  done
}

# An image as its publisher names it: what image_digests asks for.
upstream() {
  local name=${1#docker.io/}
  [ -z "$mirror" ] || name=${name#"$mirror/"}
  [ "$name" = "$1" ] || name=${name#library/}
  printf '%s' "$name"
}

# An image without tag and digest.
repository() {
  local name=${1%%@*}
  [[ ${name##*/} != *:* ]] || name=${name%:*}
  printf '%s' "$name"
}

from_registry() {
  gcloud artifacts docker images describe "$1" --format='value(image_summary.digest)' --project="$project"
}

# For linux/amd64, whatever this machine is; the digest is still that of the whole list of platforms.
pull() {
  docker pull --quiet --platform=linux/amd64 "$1" >/dev/null ||
    fail "cannot find $1. Check name and tag; for Artifact Registry, run: gcloud auth configure-docker ${1%%/*}"
}

from_docker() {
  pull "$1"
  # Docker leaves Docker Hub's own words out of its answers.
  local start digests
  start=$(repository "$1")
  start=${start#docker.io/}
  digests=$(docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1")
  awk -v start="${start#library/}@" 'index($0, start) == 1 { print substr($0, length(start) + 1); exit }' <<<"$digests"
}

# Prints the digest that an image stands for now.
resolve() {
  local digest=''
  case $1 in
    *@sha256:*) digest=${1##*@} ;;
    *-docker.pkg.dev/*)
      if ! digest=$(from_registry "$1" 2>/dev/null) || [ -z "$digest" ]; then
        log "$1 is not in the repository yet: having its mirror fetch it"
        pull "$1"
        digest=$(from_registry "$1") || fail "cannot read the digest of $1. See gcloud's message for what is missing."
      fi
      ;;
    *) digest=$(from_docker "$1") ;;
  esac
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "no digest is known for $1, only '$digest'."
  printf '%s' "$digest"
}

# By key: the cluster does not accept the attestation of a key that the attestor no longer has.
is_attested() {
  local keys
  keys=$(gcloud container binauthz attestations list --project="$project" --attestor="$attestor" \
    --artifact-url="$1" --format='value(attestation.signatures[].publicKeyId)') ||
    fail "cannot list the attestations of $1. See gcloud's message for what is missing."
  [[ ";${keys//$'\n'/;};" == *"/$key_version;"* ]]
}

sign() {
  log "attesting $1"
  # gcloud asks whether to continue if the attestor does not know the key. No: the cluster would refuse such an attestation.
  gcloud beta container binauthz attestations sign-and-create --project="$project" --artifact-url="$1" \
    --attestor="$attestor" --attestor-project="$project" --keyversion="$key_version" <<<n >&2 ||
    fail "could not attest $1. Check that the attestor has the key, and that you may sign with it."
}

read_arguments "$@"
[ -z "$images_file" ] || read_images_file
[ -z "$stack" ] || read_stack
check_arguments

# Everything is looked up before anything is signed.
declare -A digests=() attested=() to_sign=()
absent=0
for image in "${images[@]}"; do
  [ -z "${digests[$image]:-}" ] || continue
  digests[$image]=$(resolve "$image")
  reference=$(repository "$image")@${digests[$image]}
  if is_attested "$reference"; then
    attested[$image]=yes
  else
    attested[$image]=no
    # An attestation is for a digest, whatever tags stand for it.
    to_sign[${digests[$image]}]=$reference
    absent=$((absent + 1))
  fi
done

mapfile -t listed < <(printf '%s\n' "${!digests[@]}" | sort)
width=5
for image in "${listed[@]}"; do
  ((${#image} <= width)) || width=${#image}
done
printf "%-${width}s  %-71s  %s\n" IMAGE DIGEST ATTESTED
for image in "${listed[@]}"; do
  color=$red
  [ "${attested[$image]}" = no ] || color=$green
  printf "%-${width}s  %s  %s\n" "$image" "${digests[$image]}" "$color${attested[$image]}$plain"
done

if [ "$dry_run" = false ]; then
  for reference in "${to_sign[@]}"; do
    sign "$reference"
  done
fi

printf '\n# For the variable file:\nimage_digests = {\n'
for image in "${listed[@]}"; do
  # An image with a digest is in the variable file already.
  [[ $image == *@* ]] || printf '  "%s" = "%s"\n' "$(upstream "$image")" "${digests[$image]}"
done
printf '}\n'

if ((absent == 0)); then
  log "all images are attested"
elif [ "$dry_run" = true ]; then
  log "$absent of ${#listed[@]} are not attested; run it again without --dry-run to attest them"
  exit 3
else
  log "attested $absent of ${#listed[@]}, so all of them are now"
fi

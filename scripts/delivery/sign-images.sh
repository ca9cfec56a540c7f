#!/usr/bin/env bash
# Usage: sign-images.sh [--help]
#
# Attests every image to deliver, so that Binary Authorization lets it into the cluster. It does not attest an image
# twice with the same key. A step of Cloud Build, after every check of the images.
#
# Environment:
#   ATTESTOR      projects/<project>/attestors/<name>; attestations are kept in the same project
#   KEY_VERSION   projects/<p>/locations/<l>/keyRings/<r>/cryptoKeys/<k>/cryptoKeyVersions/<n>
#   DELIVERY_DIR  has the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'sign-images: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in ATTESTOR KEY_VERSION; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
: "${DELIVERY_DIR:=/delivery}"
[[ $ATTESTOR =~ ^projects/([^/]+)/attestors/[^/]+$ ]] ||
  fail "ATTESTOR is '$ATTESTOR'. Give the full name: projects/<project>/attestors/<name>."
project=${BASH_REMATCH[1]}
[[ $KEY_VERSION =~ ^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+/cryptoKeyVersions/[0-9]+$ ]] ||
  fail "KEY_VERSION is '$KEY_VERSION'. Give the full name, down to cryptoKeyVersions/<number>."
[ -s "$DELIVERY_DIR/images" ] || fail "no images in $DELIVERY_DIR/images. An earlier step has to write it."

# All of them are checked before the first signature, so that a release is never signed in part.
mapfile -t references < <(cut -d= -f2- "$DELIVERY_DIR/images" | sort -u)
for reference in "${references[@]}"; do
  [[ $reference =~ @sha256:[0-9a-f]{64}$ ]] ||
    fail "'$reference' has no digest. A tag can be moved, so only a digest is signed; the steps before this one write it."
done

for reference in "${references[@]}"; do
  # By key: the cluster does not accept the attestation of a key that the attestor no longer has.
  keys=$(gcloud container binauthz attestations list --project="$project" --attestor="$ATTESTOR" \
    --artifact-url="$reference" --format='value(attestation.signatures[].publicKeyId)') ||
    fail "cannot list the attestations of $reference. See gcloud's message for what is missing."
  if [[ ";${keys//$'\n'/;};" == *"/$KEY_VERSION;"* ]]; then
    log "$reference is attested already"
    continue
  fi
  log "attesting $reference"
  # gcloud asks whether to continue when the attestor does not know the key; the cluster would refuse what came of it.
  gcloud beta container binauthz attestations sign-and-create --project="$project" --artifact-url="$reference" \
    --attestor="$ATTESTOR" --attestor-project="$project" --keyversion="$KEY_VERSION" <<<n ||
    fail "could not attest $reference. Check that the attestor has the key, and that the build's account may sign with it."
done
log "all images are attested"

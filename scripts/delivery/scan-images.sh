#!/usr/bin/env bash
# Usage: scan-images.sh [--help]
#
# Waits for Artifact Registry's scan of every image, and stops the build at a vulnerability that is too severe. A step
# of Cloud Build.
#
# Environment:
#   SEVERITY         lowest severity that stops the build: LOW, MEDIUM, HIGH or CRITICAL
#   PROJECT          project id
#   IGNORE           vulnerabilities to let pass, such as CVE-2024-1234, one a line; may be empty
#   TIMEOUT_SECONDS  how long to wait for all scans together (default 600)
#   POLL_SECONDS     pause between two checks (default 10)
#   DELIVERY_DIR     has the file `images` (default /delivery)
set -euo pipefail

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
log() { printf 'scan-images: %s\n' "$*"; }
fail() { log "error: $*" >&2 && exit 1; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

missing=
for name in SEVERITY PROJECT; do
  [ -n "${!name:-}" ] || missing+=" $name"
done
[ -z "$missing" ] || fail "not set:$missing. See --help."
: "${TIMEOUT_SECONDS:=600}" "${POLL_SECONDS:=10}"
[[ $SEVERITY =~ ^(LOW|MEDIUM|HIGH|CRITICAL)$ ]] || fail "SEVERITY is '$SEVERITY', not LOW, MEDIUM, HIGH or CRITICAL."
[[ $TIMEOUT_SECONDS =~ ^[0-9]+$ ]] || fail "TIMEOUT_SECONDS is '$TIMEOUT_SECONDS', not a number."
file=${DELIVERY_DIR:-/delivery}/images
[ -s "$file" ] || fail "no images in $file. An earlier step has to write it."
export SEVERITY IGNORE="${IGNORE:-}"

# Prints the scan's state, then its findings.
# shellcheck disable=SC2016 # Python, not bash
readonly SUMMARY='
import json, os, sys
image = json.load(sys.stdin)
states = [o["discovery"].get("analysisStatus") for o in image.get("discovery_summary", {}).get("discovery", [])]
order = "PENDING SCANNING FINISHED_FAILED FINISHED_SUCCESS COMPLETE FINISHED_UNSUPPORTED".split()
print(next((state for state in order if state in states), "NONE"))
text = lambda issue, key: issue.get(key, {}).get("fullName", "none")
found = image.get("package_vulnerability_summary", {}).get("vulnerabilities", {})
for level in "CRITICAL HIGH MEDIUM LOW".split():
    for one in found.get(level, []):
        name = one["noteName"].split("/")[-1]
        for i in one["vulnerability"]["packageIssue"] if name not in os.environ["IGNORE"].split() else []:
            print(" ", level, name, i["affectedPackage"], text(i, "affectedVersion"), "fixed in:", text(i, "fixedVersion"))
    if level == os.environ["SEVERITY"]:
        break
'

bad=0
mapfile -t references < <(cut -d= -f2- "$file" | sort -u)
for reference in "${references[@]}"; do
  if [[ $reference != *-docker.pkg.dev/* ]]; then
    fail "$reference is not in Artifact Registry, so nothing scans it. Take the scan out, or build the image."
  fi
  log "waiting for the scan of $reference"
  while :; do
    answer=$(gcloud artifacts docker images describe "$reference" --show-package-vulnerability --format=json \
      --project="$PROJECT") || fail "cannot read the scan of $reference. gcloud says why, above."
    summary=$(python3 -c "$SUMMARY" <<<"$answer")
    state=${summary%%$'\n'*}
    [[ $state =~ ^(NONE|PENDING|SCANNING)$ ]] || break
    if ((SECONDS >= TIMEOUT_SECONDS)); then
      [ "$state" != NONE ] || fail "no scan of $reference began in $TIMEOUT_SECONDS seconds. Container Scanning may be" \
        "off: enable containerscanning.googleapis.com and push again."
      fail "the scan of $reference is $state after $TIMEOUT_SECONDS seconds. Raise TIMEOUT_SECONDS."
    fi
    sleep "$POLL_SECONDS"
  done
  case $state in
    FINISHED_FAILED) fail "the scan of $reference failed. Push it again." ;;
    FINISHED_UNSUPPORTED) fail "nothing can scan $reference. Build it on a system that Artifact Registry knows." ;;
  esac
  [[ $summary == *$'\n'* ]] || continue
  bad=1
  printf '%s\n%s\n' "$reference" "${summary#*$'\n'}" >&2
done
((bad == 0)) || fail "vulnerabilities of severity $SEVERITY or above, see above. Update the image, or add them to IGNORE."
log "nothing of severity $SEVERITY or above"

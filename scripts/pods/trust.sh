#!/bin/sh
# Usage: trust.sh AUTHORITIES DIRECTORY [PROGRAM...]
#
# Writes DIRECTORY/ca-certificates.crt: the public authorities of this image, and those in the file AUTHORITIES. Copies each
# PROGRAM into DIRECTORY, from where it can be run. Runs before a container, which has what is written in place of its own.
#
# Environment:
#   PUBLIC_AUTHORITIES  file of the public ones (default /etc/ssl/certs/ca-certificates.crt)
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }
case ${1:-} in
  -h | --help) usage && exit ;;
  '' | -*) usage >&2 && exit 2 ;;
esac
[ $# -ge 2 ] || { usage >&2 && exit 2; }
own=$1
directory=$2
shift 2
public=${PUBLIC_AUTHORITIES:-/etc/ssl/certs/ca-certificates.crt}

# With AUTHORITIES alone the container would trust nothing on the internet, so it does not start.
for file in "$public" "$own"; do
  grep -q -e '-----BEGIN CERTIFICATE-----' "$file" || { echo "trust: no certificate in $file" >&2 && exit 1; }
done
# A file may lack its last line break, and a certificate begins on a line of its own.
{ cat "$public" && echo && cat "$own"; } >"$directory/ca-certificates.crt"
for program; do
  cp "$program" "$directory/"
  chmod 755 "$directory/${program##*/}"
done

#!/bin/sh
# Makes a new share one that pods can use, and copies what an installation had on another one.
#
# A new Filestore belongs to root, and pods run as other users. The kubelet makes an installation's directory with the rights of
# the directory above: with these, everybody may have one, and nobody may remove another's.
# Copying twice does no harm: what is newer on the new share stays, and nothing is deleted.

set -eu

usage() {
  cat <<'TEXT'
Usage: share-ready.sh [--help]

Makes a new share one that pods can use, and copies what an installation had on another one.

Environment:
  SHARE_DIRECTORY  directory of this installation on the share
  NEW_SHARE        where the share is mounted, as a whole (default /share/new)
  EARLIER_SHARE    where the share is mounted that files are copied from (default: nothing is copied)
TEXT
}

case "${1:-}" in
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

fail() {
  echo "share-ready: error: $*" >&2
  exit 1
}

new=${NEW_SHARE:-/share/new}
[ -n "${SHARE_DIRECTORY:-}" ] || fail "SHARE_DIRECTORY is not set"
[ -d "$new" ] || fail "no share is mounted at $new"

# Who owns it may say who writes to it; one of others has its own rights.
chmod 1777 "$new" || fail "the rights of the share cannot be changed: let everybody write to it, with chmod 1777 as its owner"
mkdir -p "$new/$SHARE_DIRECTORY"
chmod 1777 "$new/$SHARE_DIRECTORY"

if [ -n "${EARLIER_SHARE:-}" ]; then
  from=$EARLIER_SHARE/$SHARE_DIRECTORY
  if [ ! -d "$from" ]; then
    echo "share-ready: nothing to copy: $SHARE_DIRECTORY is not on the previous share"
    exit 0
  fi
  # Into a temporary name first would double the space; cp writes a file again that an earlier run left half.
  cp -a -u "$from/." "$new/$SHARE_DIRECTORY/" || fail "not everything could be copied: see above, and apply again"
  had=$(find "$from" -type f | wc -l)
  have=$(cd "$from" && find . -type f | while IFS= read -r file; do
    [ -f "$new/$SHARE_DIRECTORY/$file" ] && echo .
  done | wc -l)
  [ "$have" -ge "$had" ] || fail "$((had - have)) of $had files are missing on the new share: apply again"
  echo "share-ready: $have files are on the new share"
fi
echo "share-ready: $SHARE_DIRECTORY can be used"

#!/bin/sh
# Usage: file-server-guests.sh [--help]
#
# Fails if other environments use a file server that is about to be deleted: they have noted so, as annotations of their secrets
# <prefix>-claims. Run by Terraform before a destroy deletes anything.
#
# Environment:
#   PROJECT                    id of the project
#   SERVER                     name of the file server, for messages
#   NOTE                       what the annotations of all that use it begin with
#   GOOGLE_OAUTH_ACCESS_TOKEN  access token (default: gcloud's)
#   QUOTA_PROJECT              project that the request counts for (default: the token's own)
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0"; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

# A destroy has to be possible on any machine; what a plan checks is checked in any case.
unseen() {
  echo "file-server-guests: warning: $*, so nothing checked whether other environments use file server $SERVER" >&2
  exit 0
}

command -v curl >/dev/null || unseen "curl is not installed"
token=${GOOGLE_OAUTH_ACCESS_TOKEN:-}
if [ -z "$token" ]; then
  command -v gcloud >/dev/null || unseen "GOOGLE_OAUTH_ACCESS_TOKEN is not set and gcloud is not installed"
  token=$(gcloud auth print-access-token) || unseen "gcloud has no access token"
fi

secrets=https://secretmanager.googleapis.com/v1/projects/$PROJECT/secrets
page=
guests=
while :; do
  # The token goes in on standard input: a command line can be read by every user of the machine.
  answer=$(
    {
      printf 'header = "Authorization: Bearer %s"\n' "$token"
      [ -z "${QUOTA_PROJECT:-}" ] || printf 'header = "x-goog-user-project: %s"\n' "$QUOTA_PROJECT"
    } | curl --silent --show-error --max-time 60 --retry 3 --config - --write-out '\n%{http_code}' \
      "$secrets?filter=name:claims&pageSize=250&pageToken=$page"
  ) || unseen "there was no answer from $secrets"
  case $answer in
    *200) ;;
    *) unseen "Google's answer to $secrets was $(printf '%s' "$answer" | tr -s ' \n' ' ' | cut -c1-300)" ;;
  esac
  found=$(printf '%s' "${answer%200}" | tr -d '\n' | grep -o "\"${NOTE}[^\"]*\" *: *\"[^\"]*\"" | sed 's/^[^:]*: *"/ - /; s/"$//' || true)
  [ -z "$found" ] || guests="$guests
$found"
  page=$(printf '%s' "${answer%200}" | tr -d '\n' | sed -n 's/.*"nextPageToken" *: *"\([^"]*\)".*/\1/p')
  [ -n "$page" ] || break
done
[ -z "$guests" ] || {
  echo "file-server-guests: other environments use file server $SERVER:$guests
Nothing is deleted: they would lose their files and their queue. Destroy them first, or move them to another file server, Filestore or" \
    "Redis (docs/files.md, docs/redis.md). If nothing is left of one, delete what it noted:" \
    "gcloud secrets delete PREFIX-claims --project=$PROJECT" >&2
  exit 1
}
echo "file-server-guests: no other environment uses file server $SERVER"

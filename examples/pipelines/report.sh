#!/bin/sh
# Usage: report.sh comment NUMBER FILE | issue TITLE FILE | close TITLE
#
# What a run has to say, on GitHub: one comment on a pull request, or one open issue, which the next run updates.
#
#   comment  writes the file's text to the run's comment on a pull request
#   issue    writes it to the open issue with that title, or opens one
#   close    closes the open issue with that title, if there is one
#
# Environment:
#   GH_TOKEN  token that may write pull requests, or issues
#   GH_REPO   owner/name
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0" | sed '$d'; }

MARK='<!-- what Terraform would change in Dify -->'
# Whom the token of a workflow writes as: what others wrote is left alone.
BOT='github-actions[bot]'

comment() {
  body=$(mktemp)
  { echo "$MARK" && cat "$2"; } >"$body"
  id=$(gh api --paginate "repos/$GH_REPO/issues/$1/comments?per_page=100" \
    --jq ".[] | select(.user.login == \"$BOT\" and (.body | startswith(\"$MARK\"))) | .id" | tail -n 1)
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GH_REPO/issues/comments/$id" --field "body=@$body"
  else
    gh api --silent --method POST "repos/$GH_REPO/issues/$1/comments" --field "body=@$body"
  fi
  rm -f "$body"
}

# $1 title
open_issue() {
  gh api --paginate "repos/$GH_REPO/issues?state=open&per_page=100" \
    --jq ".[] | select(.user.login == \"$BOT\" and .title == \"$1\" and .pull_request == null) | .number" | head -n 1
}

issue() {
  number=$(open_issue "$1")
  if [ -n "$number" ]; then
    gh api --silent --method PATCH "repos/$GH_REPO/issues/$number" --field "body=@$2"
  else
    gh api --silent --method POST "repos/$GH_REPO/issues" --raw-field "title=$1" --field "body=@$2"
  fi
}

close() {
  number=$(open_issue "$1")
  [ -z "$number" ] || gh api --silent --method PATCH "repos/$GH_REPO/issues/$number" --raw-field state=closed
}

case ${1:-}/$# in
  -h/* | --help/*) usage ;;
  comment/3 | issue/3 | close/2) "$@" ;;
  *) usage >&2 && exit 2 ;;
esac

#!/bin/sh
# Usage: credentials.sh
#
# Writes the file with which Google's client libraries exchange a job's identity token for a service account's access token.
# It has no secret: the token is in a file next to it, in the container of the job.
#
# Environment:
#   GOOGLE_APPLICATION_CREDENTIALS  where to write, outside of the directory that is kept for the next job
#   GOOGLE_ID_TOKEN                 GitLab's token for the job (id_tokens)
#   SERVICE_ACCOUNT                 e-mail address of the service account to act as
#   WORKLOAD_IDENTITY_PROVIDER      projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0" | sed '$d'; }

case ${1:-} in
  '') ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

umask 077
mkdir -p "$(dirname "$GOOGLE_APPLICATION_CREDENTIALS")"
printf '%s' "$GOOGLE_ID_TOKEN" >"$GOOGLE_APPLICATION_CREDENTIALS.token"
cat >"$GOOGLE_APPLICATION_CREDENTIALS" <<END
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/$WORKLOAD_IDENTITY_PROVIDER",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "https://sts.googleapis.com/v1/token",
  "credential_source": { "file": "$GOOGLE_APPLICATION_CREDENTIALS.token" },
  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$SERVICE_ACCOUNT:generateAccessToken"
}
END

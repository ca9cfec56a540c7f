#!/bin/sh
# Pre-stop hook of the Cloud SQL Auth Proxy: ends once nothing else in the pod is at work. All containers of a pod get SIGTERM at
# the same moment, and the proxy opens no new connection from then on, while the API still answers requests and a worker finishes
# its tasks. A pod's containers share one network, so their connections show which of them are still at work.
#
# In a pod's manifest these comments are left out.
#
# Runs as text in a pod: no braces behind a dollar sign, which Terraform would read as its own.
# PORT is the proxy's, HEALTH_PORT that of its health checks.
set -eu
if [ $# -gt 0 ]; then
  usage='Usage: PORT=<port of the Auth Proxy> HEALTH_PORT=<port of its health checks> wait-for-clients.sh [--help]'
  case $1 in
    -h | --help) echo "$usage" && exit 0 ;;
    *) echo "$usage" >&2 && exit 2 ;;
  esac
fi


# Addresses are hexadecimal; state 01 is an established connection, 0A a listening socket. Not counted are the proxy's own: its two
# listening ports, its side of its clients' connections, and those to the instance (3307) and to Google (443, 80).
others() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$PORT" -v health="$HEALTH_PORT" '
    BEGIN { own[hex(port)] = own[hex(health)] = google["0CEB"] = google["01BB"] = google["0050"] = 1 }
    function hex(number) { return sprintf("%04X", number) }
    { local = substr($2, length($2) - 3); remote = substr($3, length($3) - 3) }
    $4 == "0A" && !(local in own) { count++ }
    $4 == "01" && !(local in own) && !(remote in google) { count++ }
    END { print count + 0 }'
}

while [ "$(others)" -gt 0 ]; do sleep 1; done

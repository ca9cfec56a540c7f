#!/bin/bash
# Makes a Debian 12 VM the file server: NFS and Redis on a data disk that outlives the VM. Runs as root at every boot, so
# everything in it may be done already; what is right is left alone.
set -euo pipefail
# `… | write` must run here and not in a subshell: it sets `changed`.
shopt -s lastpipe

usage() {
  cat <<'USAGE'
Usage: startup.sh [--help]

Formats the data disk if it is empty, mounts it, exports the share by NFS version 4, runs Redis on it, and answers
health checks on port 8080. Meant as `startup-script` of a Compute Engine VM.

Metadata attributes of the instance:
  share-path             exported directory: /share
  data-disk              device name of the data disk, or its path /dev/disk/by-id/google-<name>
  allowed-cidrs          who may mount the share, separated by spaces or commas
  redis-password-secret  projects/<p>/secrets/<s>/versions/<v>
  redis-conf             text of redis.conf
  redis-servers          text of redis_servers.py
  redis-servers-secret   projects/<p>/secrets/<s>/versions/latest: which further Redis servers there are
  health-check           text of health.py

Environment, for tests:
  ROOT                   prefix of every path (default: none)
  METADATA_URL           default http://metadata.google.internal/computeMetadata/v1
  SECRET_MANAGER_URL     default https://secretmanager.googleapis.com/v1
  ATTEMPTS, PAUSE        how often something that may fail is tried, seconds in between (default 20 and 10)
USAGE
}

ROOT=${ROOT:-}
METADATA_URL=${METADATA_URL:-http://metadata.google.internal/computeMetadata/v1}
SECRET_MANAGER_URL=${SECRET_MANAGER_URL:-https://secretmanager.googleapis.com/v1}
ATTEMPTS=${ATTEMPTS:-20}
PAUSE=${PAUSE:-10}

readonly PACKAGES=(nfs-kernel-server redis-server python3)
# The user that Dify's API runs as in its image.
readonly SHARE_OWNER=1001
readonly HEALTH_PORT=8080

DATA=$ROOT/srv/data
REDIS_DIRECTORY=$DATA/redis
REDIS_CONFIGURATION=$ROOT/etc/redis/dify.conf
REDIS_ACCESS=$ROOT/etc/redis/dify-access.conf
REDIS_MEMORY=$ROOT/etc/redis/dify-memory.conf
REDIS_RULES=$ROOT/etc/redis/dify-rules
PASSWORD_FILE=$ROOT/etc/dify/redis-password
MOVER_PASSWORD_FILE=$ROOT/etc/dify/redis-mover

# To standard error, because standard output is what functions answer with.
log() {
  printf 'file-server: %s\n' "$*" >&2
}

fail() {
  log "error: $*"
  exit 1
}

# retry <what> <command...>: for what depends on the network or on rights that take a while to arrive.
retry() {
  local what=$1 attempt
  shift
  for ((attempt = 1; ; attempt++)); do
    "$@" && return
    ((attempt < ATTEMPTS)) || return 1
    log "$what: attempt $attempt of $ATTEMPTS failed, again in $PAUSE seconds"
    sleep "$PAUSE"
  done
}

# write <mode> <owner> <file>: standard input becomes the file, in one step and only if it differs. `changed` tells.
write() {
  local mode=$1 owner=$2 file=$3 new
  mkdir -p "$(dirname "$file")"
  new=$(mktemp "$file.XXXXXX")
  cat >"$new"
  chmod "$mode" "$new"
  chown "$owner" "$new"
  if cmp -s "$new" "$file"; then
    # Same text; rights and owner may still have been others.
    mv -f "$new" "$file"
    changed=false
  else
    mv -f "$new" "$file"
    log "wrote $file"
    changed=true
  fi
}

# curl tries again by itself where that can help, and not where the server says that there is no such thing.
metadata() {
  curl -fsS --max-time 30 --retry "$ATTEMPTS" --retry-delay "$PAUSE" --retry-connrefused \
    --header 'Metadata-Flavor: Google' "$METADATA_URL/instance/$1"
}

attribute() {
  metadata "attributes/$1" || fail "cannot read metadata attribute $1"
}

read_settings() {
  local cidr ranges
  share_path=$(attribute share-path)
  device=$(attribute data-disk)
  redis_secret=$(attribute redis-password-secret)
  ranges=$(attribute allowed-cidrs)
  read -r -a allowed_cidrs <<<"${ranges//[,$'\n']/ }"
  # Read now, so that a failure later on cannot leave half a file behind.
  redis_conf=$(attribute redis-conf)
  redis_servers=$(attribute redis-servers)
  health_check=$(attribute health-check)

  # They end up in configuration files of root's.
  [[ $share_path =~ ^(/[A-Za-z0-9._-]+)+$ && $share_path != *..* ]] || fail "share-path '$share_path' is no plain path"
  device=${device#/dev/disk/by-id/google-}
  [[ $device =~ ^[a-z0-9-]+$ ]] || fail "data-disk '$device' is no device name"
  device=$ROOT/dev/disk/by-id/google-$device
  [[ $redis_secret =~ ^projects/[^/[:space:]]+/secrets/[A-Za-z0-9_-]+/versions/[a-z0-9-]+$ ]] ||
    fail "redis-password-secret '$redis_secret' is no version of a secret"
  ((${#allowed_cidrs[@]} > 0)) || fail "allowed-cidrs is empty: nobody could mount the share"
  for cidr in "${allowed_cidrs[@]}"; do
    [[ $cidr =~ ^[0-9a-fA-F.:]+/[0-9]+$ ]] || fail "allowed-cidrs: '$cidr' is no CIDR range"
  done
}

installed() {
  local package
  for package in "${PACKAGES[@]}"; do
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || return 1
  done
}

try_install() {
  apt-get -q update && apt-get -q install --yes --no-install-recommends "${PACKAGES[@]}"
}

install_packages() {
  # At a reboot nothing depends on the package servers.
  installed && return
  log "installing ${PACKAGES[*]}"
  export DEBIAN_FRONTEND=noninteractive
  retry "installing packages" try_install ||
    fail "could not install ${PACKAGES[*]}: does the subnetwork have a way to the internet, such as Cloud NAT, and may the VM take it?"
}

device_is_there() {
  [[ -e $device ]]
}

# What decides about data is asked twice. blkid answers 2 for "nothing found", but also for a device that it cannot read;
# so an empty disk is one where blkid finds nothing *and* the first MiB can be read and is zero, as on every new disk.
is_empty() {
  cmp -s -n 1048576 "$1" /dev/zero
}

prepare_disk() {
  local type code=0
  retry "waiting for $device" device_is_there || fail "there is no disk $device"
  type=$(blkid --probe --output value --match-tag TYPE "$device") || code=$?
  if ((code == 2)); then
    is_empty "$device" ||
      fail "$device holds no file system but is not empty; not touching it (wipefs, if it is really to be used)"
    log "$device is empty: making an ext4 file system"
    mkfs.ext4 -q -m 0 -E lazy_itable_init=0,lazy_journal_init=0,discard -L dify-data "$device"
  elif ((code != 0)); then
    fail "blkid cannot tell what is on $device (code $code); not touching it"
  elif [[ $type != ext4 ]]; then
    fail "$device holds '$type', not ext4; not touching it"
  fi
}

mount_once() {
  mountpoint -q "$1" || mount "$1"
}

# nofail: a VM without its disk still boots, says so in its health check, and can be looked at.
mount_data() {
  local uuid others redis_user fstab=$ROOT/etc/fstab share=$ROOT$share_path
  uuid=$(blkid --probe --output value --match-tag UUID "$device")
  [[ -n $uuid ]] || fail "$device has no UUID"
  redis_user=$(id -u redis) || fail "there is no user redis"
  mkdir -p "$DATA" "$share"
  touch "$fstab"
  others=$(sed '/^# BEGIN dify$/,/^# END dify$/d' "$fstab")
  write 0644 root:root "$fstab" <<FSTAB
${others:+$others
}# BEGIN dify
UUID=$uuid $DATA ext4 defaults,nofail,discard,resuid=$redis_user,x-systemd.device-timeout=120s 0 2
$DATA/share $share none bind,nofail,x-systemd.requires-mounts-for=$DATA 0 0
# END dify
FSTAB
  systemctl daemon-reload
  mount_once "$DATA"
  # The disk may have grown since the last boot; one that cannot be grown is still a disk.
  resize2fs "$device" 2>&1 | log_lines || log "could not grow the file system"
  reserve_room || log "could not reserve room for Redis"
  install -d -m 0775 -o "$SHARE_OWNER" -g "$SHARE_OWNER" "$DATA/share"
  mount_once "$share"
}

# Half of the memory, in kB: rewriting the append-only file copies what changes meanwhile, and NFS lives on the page cache.
redis_memory() {
  awk '$1 == "MemTotal:" { printf "%d", $2 / 2 }' /proc/meminfo
}

# Files of the share never take the last blocks, `resuid` in fstab gives them to Redis: whoever fills the share stops
# uploads, not the queue. Enough for an append-only file that has doubled and is rewritten, at most a quarter of the disk.
# The NFS server writes as the share's owner, without root's right to these blocks.
reserve_room() {
  local blocks
  blocks=$(dumpe2fs -h "$device" 2>/dev/null | awk -F': *' -v memory="$(redis_memory)" '
    $1 == "Block count" { count = $2 }
    $1 == "Block size" { size = $2 }
    END {
      wanted = 3 * memory * 1024 / size
      printf "%d", wanted < count / 4 ? wanted : count / 4
    }')
  tune2fs -r "$blocks" "$device" 2>&1 | log_lines
}

log_lines() {
  local line
  while read -r line; do [[ -z $line ]] || log "$line"; done
}

# Pods run as different users: the API as 1001, the plugin daemon and a user's own jobs as others. NFS believes whatever
# number a client names, so numbers protect nothing here; who may mount does. Hence every client becomes the share's
# owner: all of them can read and write each other's files, and none of them is root.
#
# mp: without the mount below, the empty directory on the boot disk would be exported. fsid: file handles stay valid when
# the VM is replaced. Version 4 only: one port, and no port mapper to open.
configure_exports() {
  local cidr options="rw,sync,no_subtree_check,mp,fsid=1,all_squash,anonuid=$SHARE_OWNER,anongid=$SHARE_OWNER"
  for cidr in "${allowed_cidrs[@]}"; do
    printf '%s %s(%s)\n' "$ROOT$share_path" "$cidr" "$options"
  done | write 0644 root:root "$ROOT/etc/exports.d/dify.exports"
  write 0644 root:root "$ROOT/etc/nfs.conf.d/dify.conf" <<NFS
[nfsd]
vers3=n
vers4=y
threads=16
# How long clients wait after a restart until they may open files again.
grace-time=20
lease-time=20
NFS
  nfs_changed=$changed
  write 0644 root:root "$ROOT/etc/systemd/system/nfs-server.service.d/dify.conf" <<UNIT
[Unit]
RequiresMountsFor=$ROOT$share_path
UNIT
  [[ $changed == false ]] || nfs_changed=true
}

# The token and the password go through files that only root can read: what stands in a command line is in `ps`.
# Standard error is kept, it holds addresses and codes only.
try_fetch_password() {
  local work=$1
  metadata service-accounts/default/token >"$work/token" || return 1
  python3 -c 'import json, sys; print("header = \"Authorization: Bearer %s\"" % json.load(sys.stdin)["access_token"])' \
    <"$work/token" >"$work/curl" || return 1
  curl -fsS --max-time 30 --config "$work/curl" "$SECRET_MANAGER_URL/$redis_secret:access" >"$work/secret" || return 1
  python3 -c 'import base64, json, sys; sys.stdout.buffer.write(base64.b64decode(json.load(sys.stdin)["payload"]["data"]))' \
    <"$work/secret" >"$work/password" || return 1
  [[ -s $work/password ]]
}

fetch_password() {
  local umask_before
  umask_before=$(umask)
  umask 077
  mkdir -p "$ROOT/run"
  work=$(mktemp -d "$ROOT/run/file-server.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  if retry "reading $redis_secret" try_fetch_password "$work"; then
    write 0600 root:root "$PASSWORD_FILE" <"$work/password"
    password_changed=$changed
  elif [[ -s $PASSWORD_FILE ]]; then
    log "could not read $redis_secret; going on with the password of the last start"
    password_changed=false
  else
    fail "could not read $redis_secret"
  fi
  umask "$umask_before"
}

# digest <file>: what Redis compares a password with, so that its own configuration need not hold it.
digest() {
  local sum
  sum=$(sha256sum <"$1")
  printf '%s' "${sum%% *}"
}

# Everything is allowed but what changes the server itself (@admin: CONFIG, DEBUG, MODULE, REPLICAOF, SHUTDOWN, ACL,
# MONITOR, ...), empties it, or moves data out. The user file-server is redis_servers.py on this VM, which moves what stages
# had here before they had servers of their own; its password is in no other place.
configure_redis_access() {
  local umask_before
  write 0644 root:root "$REDIS_RULES" <<<'~* &* +@all -@admin -flushall -flushdb -swapdb -migrate'
  umask_before=$(umask)
  umask 077
  [[ -s $MOVER_PASSWORD_FILE ]] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$MOVER_PASSWORD_FILE"
  umask "$umask_before"
  write 0640 root:redis "$REDIS_ACCESS" <<ACCESS
user default on #$(digest "$PASSWORD_FILE") $(<"$REDIS_RULES")
user file-server on #$(digest "$MOVER_PASSWORD_FILE") ~* resetchannels -@all +auth +select +info +client|list +scan +type +dump +pttl +unlink +lrange +smembers +hgetall +zrange
ACCESS
  redis_changed=$changed
}

configure_redis() {
  configure_redis_access
  # With further servers on the VM it is less: redis_servers.py says so here.
  [[ -s $REDIS_MEMORY ]] || write 0640 root:redis "$REDIS_MEMORY" <<<"maxmemory $(redis_memory)kb"
  write 0640 root:redis "$REDIS_CONFIGURATION" <<REDIS
$redis_conf

dir $REDIS_DIRECTORY
include $REDIS_MEMORY
include $REDIS_ACCESS
REDIS
  [[ $changed == false ]] || redis_changed=true
  install -d -m 0750 -o redis -g redis "$REDIS_DIRECTORY"

  redis_unit redis-server "$REDIS_CONFIGURATION" "$REDIS_DIRECTORY"
  [[ $changed == false ]] || redis_changed=true
  redis_unit redis-server@ "$ROOT/etc/redis/dify-%i.conf" "$DATA/redis-%i"

  # Saving forks; the kernel must not refuse that because memory could in theory run out.
  write 0644 root:root "$ROOT/etc/sysctl.d/60-dify.conf" <<<'vm.overcommit_memory = 1'
  sysctl --quiet --load "$ROOT/etc/sysctl.d/60-dify.conf"
}

# redis_unit <unit> <configuration> <directory>: Debian's unit, with another configuration.
# RequiresMountsFor: a Redis that starts before the disk is there would begin a new, empty file on the boot disk.
redis_unit() {
  write 0644 root:root "$ROOT/etc/systemd/system/$1.service.d/dify.conf" <<UNIT
[Unit]
RequiresMountsFor=$DATA
[Service]
ExecStart=
ExecStart=/usr/bin/redis-server $2 --supervised systemd --daemonize no
ReadWritePaths=$3
UNIT
}

# Further Redis servers, by a list that may change while the VM runs.
configure_redis_servers() {
  local program=$ROOT/usr/local/lib/dify/redis_servers.py
  write 0755 root:root "$program" <<<"$redis_servers"
  write 0644 root:root "$ROOT/etc/systemd/system/dify-redis-servers.service" <<UNIT
[Unit]
Description=Starts and stops the Redis servers of stages and guests
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 $program
# To the serial port as well, which Cloud Logging keeps.
StandardOutput=journal+console
StandardError=journal+console
UNIT
  write 0644 root:root "$ROOT/etc/systemd/system/dify-redis-servers.timer" <<'UNIT'
[Unit]
Description=Asks every minute which Redis servers there are

[Timer]
OnBootSec=60
OnUnitInactiveSec=60

[Install]
WantedBy=timers.target
UNIT
}

configure_health() {
  write 0755 root:root "$ROOT/usr/local/lib/dify/health.py" <<<"$health_check"
  health_changed=$changed
  write 0644 root:root "$ROOT/etc/systemd/system/dify-health.service" <<UNIT
[Unit]
Description=Health of NFS and Redis over HTTP
After=network.target

[Service]
ExecStart=/usr/bin/python3 $ROOT/usr/local/lib/dify/health.py
Environment=HEALTH_PORT=$HEALTH_PORT DATA_MOUNT=$DATA SHARE_PATH=$ROOT$share_path
Environment=REDIS_PASSWORD_FILE=%d/redis-password REDIS_SERVERS_FILE=$ROOT/etc/dify-redis-servers
# To the serial port as well, which Cloud Logging keeps.
StandardOutput=journal+console
StandardError=journal+console
LoadCredential=redis-password:$PASSWORD_FILE
DynamicUser=yes
ProtectHome=yes
NoNewPrivileges=yes
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
UNIT
  [[ $changed == false ]] || health_changed=true
}

# Restarted only when something changed: at a reboot systemd has started them already.
start() {
  local unit=$1 unit_changed=$2
  systemctl enable "$unit"
  if [[ $unit_changed == true ]]; then
    systemctl restart "$unit"
  else
    systemctl start "$unit"
  fi
}

# They must not keep the environment's own Redis from being there: what fails now, the timer tries again in a minute.
start_redis_servers() {
  systemctl start dify-redis-servers.service || log "the further Redis servers are not all up yet"
  systemctl enable --now dify-redis-servers.timer
}

start_services() {
  systemctl daemon-reload
  # Only NFS version 3 needs them.
  systemctl mask --now rpcbind.socket rpcbind.service rpc-statd.service
  start nfs-server "$nfs_changed"
  exportfs -ra
  [[ $password_changed == false ]] || health_changed=true
  start redis-server "$redis_changed"
  start_redis_servers
  start dify-health "$health_changed"
}

main() {
  case ${1:-} in
    '') ;;
    -h | --help)
      usage
      return
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  read_settings
  install_packages
  prepare_disk
  mount_data
  configure_exports
  fetch_password
  configure_redis
  configure_redis_servers
  configure_health
  start_services
  log "NFS and Redis are up"
}

main "$@"

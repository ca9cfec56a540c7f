#!/bin/sh
# nginx before a component that knows one key only.
set -eu

usage() {
  cat <<'USAGE'
Usage: key-door.sh [--help]

Takes the key of now, the one before and the one after, and hands on that of now. Anything else goes through as it is, for
the component to refuse.

Environment:
  HEADER                          x_api_key, or authorization with "Bearer " before the key
  LISTEN, COMPONENT               port of this door, and of the component in the same pod
  KEY_NOW, KEY_BEFORE, KEY_NEXT   letters, digits and dashes
  DIRECTORY                       writable (default: /tmp)
USAGE
}

case ${1:-} in
  '') ;;
  -h | --help)
    usage
    exit
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac

directory=${DIRECTORY:-/tmp}
case $HEADER in
  x_api_key) name=X-Api-Key before= ;;
  authorization) name=Authorization before='Bearer ' ;;
  *)
    echo "key-door: error: HEADER is '$HEADER', and x_api_key and authorization are known" >&2
    exit 1
    ;;
esac
for key in "$KEY_NOW" "$KEY_BEFORE" "$KEY_NEXT"; do
  case $key in
    '' | *[!A-Za-z0-9-]*)
      echo "key-door: error: a key is empty, or has a character that is no letter, digit or dash" >&2
      exit 1
      ;;
  esac
done

umask 077
# Nothing is buffered and nothing is limited here: whoever asks and whoever answers have limits of their own.
cat >"$directory/nginx.conf" <<CONFIGURATION
worker_processes 1;
worker_rlimit_nofile 8704;
pid $directory/nginx.pid;
error_log stderr crit;
events {
  worker_connections 8192;
}
http {
  access_log off;
  server_tokens off;
  client_body_temp_path $directory/nginx-client_body;
  proxy_temp_path $directory/nginx-proxy;
  fastcgi_temp_path $directory/nginx-fastcgi;
  uwsgi_temp_path $directory/nginx-uwsgi;
  scgi_temp_path $directory/nginx-scgi;
  map_hash_bucket_size 256;
  map \$http_$HEADER \$key {
    default \$http_$HEADER;
    "$before$KEY_BEFORE" "$before$KEY_NOW";
    "$before$KEY_NEXT" "$before$KEY_NOW";
  }
  map \$http_upgrade \$connection_upgrade {
    default upgrade;
    "" "";
  }
  server {
    listen $LISTEN;
    client_max_body_size 0;
    location / {
      proxy_pass http://127.0.0.1:$COMPONENT;
      proxy_http_version 1.1;
      proxy_set_header Host \$http_host;
      proxy_set_header $name \$key;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection \$connection_upgrade;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_read_timeout 1d;
      proxy_send_timeout 1d;
    }
  }
}
CONFIGURATION
exec nginx -c "$directory/nginx.conf" -g 'daemon off;'

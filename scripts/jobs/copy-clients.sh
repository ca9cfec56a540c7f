#!/bin/sh
# Copies PostgreSQL's client programs with their loader and libraries to a directory that an image without them gets: with them,
# they run in any image. Runs in PostgreSQL's own image.
set -eu

readonly PROGRAMS="${PROGRAMS:-/usr/lib/postgresql/15/bin}"

usage() {
  cat <<'USAGE'
Usage: copy-clients.sh DIRECTORY

Copies psql, pg_dump and pg_restore to DIRECTORY/bin, what they need to DIRECTORY/lib, and their loader to DIRECTORY/loader.
USAGE
}

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  /*) ;;
  *)
    usage >&2
    exit 2
    ;;
esac

directory=$1
mkdir -p "$directory/bin" "$directory/lib"
for program in psql pg_dump pg_restore; do
  cp "$PROGRAMS/$program" "$directory/bin/"
  # "libpq.so.5 => /usr/lib/… (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)"
  ldd "$PROGRAMS/$program" | while read -r name arrow path _; do
    if [ "$arrow" = '=>' ]; then
      cp -L "$path" "$directory/lib/$name"
    elif [ "${name#/}" != "$name" ]; then
      cp -L "$name" "$directory/loader"
    fi
  done
done
"$directory/loader" --library-path "$directory/lib" "$directory/bin/psql" --version

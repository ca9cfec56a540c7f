#!/bin/sh
# Prepares the databases of an application before its components start. Runs in a stock PostgreSQL client image, so it
# is plain POSIX sh; everything it does can be done again, from whatever state the last run left.
set -eu
# Names are data: a `*` in a list of databases must not turn into file names.
set -f

# Cloud SQL's own group of administrators.
readonly ADMINISTRATORS=cloudsqlsuperuser

usage() {
  cat <<'USAGE'
Usage: db-init.sh [--help]

Waits for PostgreSQL, makes the application's user the owner of its databases and closes them to everybody else, creates
extensions, gives back what Cloud SQL gives every user it makes (membership of cloudsqlsuperuser, CREATEROLE, CREATEDB),
and tries it all out. Safe to run any number of times.

Environment:
  DB_HOST               server, usually the Auth Proxy on 127.0.0.1
  DB_PORT               its port (default 5432)
  DB_USER               the application's user
  DB_NAME               the main database
  PGPASSWORD            the user's password
  DB_ADMINISTRATOR      where nobody else makes users and databases: the server's administrator, who makes DB_USER, its databases
                        and the extensions first, and gives DB_USER its password if it has another one
  DB_ADMINISTRATOR_PASSWORD
                        that one's password
  DB_OWNER              where DB_USER is a service account's login: the role that owns everything, and that it acts as
  ADDITIONAL_DATABASES  more databases of the same user, separated by spaces
  POSTGRES_EXTENSIONS   extensions of the main database, separated by spaces: uuid-ossp vector
  ADDITIONAL_EXTENSIONS extensions of each additional database, separated by spaces: uuid-ossp
  DB_WAIT_SECONDS       how long to wait for the server (default 300)
  PGSSLMODE             libpq's own, and every other variable of libpq
USAGE
}

log() {
  printf 'db-init: %s\n' "$*"
}

fail() {
  printf 'db-init: error: %s\n' "$*" >&2
  exit 1
}

# SQL comes on standard input, where psql replaces :"name" and :'name' (with -c it does not). The database goes through
# PGDATABASE, because psql would read an argument like "host=elsewhere" as a whole connection string.
sql() {
  PGDATABASE=$1
  export PGDATABASE
  shift
  psql --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

is_number() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
}

check_settings() {
  missing=
  for name in DB_HOST DB_USER DB_NAME PGPASSWORD; do
    eval "value=\${$name:-}"
    # shellcheck disable=SC2154 # set by eval
    [ -n "$value" ] || missing="$missing $name"
  done
  [ -z "$missing" ] || fail "not set:$missing (see --help)"
  [ -z "$DB_ADMINISTRATOR" ] || [ -n "$DB_ADMINISTRATOR_PASSWORD" ] || fail "not set: DB_ADMINISTRATOR_PASSWORD (see --help)"
  is_number "$DB_PORT" || fail "DB_PORT must be a number, not '$DB_PORT'"
  is_number "$DB_WAIT_SECONDS" || fail "DB_WAIT_SECONDS must be a number, not '$DB_WAIT_SECONDS'"
  command -v psql >/dev/null || fail "psql is not installed"
}

# $1: database
wait_for_server() {
  start=$(date +%s)
  while :; do
    if reason=$(echo 'SELECT 1;' | sql "$1" 2>&1 >/dev/null); then
      log "connected to $DB_HOST:$DB_PORT as $PGUSER"
      return
    fi
    # Waiting cures a server that is not up yet, not a wrong answer from one that is.
    case $reason in
      *'password authentication failed'*)
        fail "the server refuses the password of user '$PGUSER'"
        ;;
      *'no pg_hba.conf entry'*)
        fail "the server does not let '$PGUSER' in this way (TLS required?): $reason"
        ;;
      *FATAL:*role*'does not exist'*)
        fail "user '$PGUSER' does not exist"
        ;;
      *FATAL:*database*'does not exist'*)
        fail "database '$1' does not exist"
        ;;
    esac
    waited=$(($(date +%s) - start))
    [ "$waited" -lt "$DB_WAIT_SECONDS" ] ||
      fail "no connection to $DB_HOST:$DB_PORT after $waited seconds; last answer: $reason"
    log "waiting for $DB_HOST:$DB_PORT ($waited of at most $DB_WAIT_SECONDS seconds): $(printf '%s' "$reason" | head -n 1)"
    sleep 2
  done
}

# The application's user has its own databases and no right on the server. Its password is the one in DB_USER's PGPASSWORD, which may be
# another one than in the last run. It is neither an argument of a program nor in the server's log, and stored as its newest form.
make_user() {
  OWN_PASSWORD=$1
  export OWN_PASSWORD
  rights=$(
    sql postgres --set=user="$DB_USER" <<'SQL'
SELECT pg_catalog.concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
  CASE WHEN rolbypassrls THEN 'BYPASSRLS' END) FROM pg_catalog.pg_roles WHERE rolname = :'user';
SQL
  )
  [ -z "$rights" ] || fail "'$DB_USER' is a user of the server's own ($rights): the application must not have its rights"
  if echo 'SELECT 1;' | PGUSER=$DB_USER PGPASSWORD=$OWN_PASSWORD sql postgres >/dev/null 2>&1; then
    log "user '$DB_USER' has its password already"
    return
  fi
  sql postgres --set=user="$DB_USER" >/dev/null <<'SQL'
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL log_statement = 'none';
SET LOCAL log_duration = off;
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL pgaudit.log = 'none';
SET LOCAL pg_stat_statements.track = 'none';
SET LOCAL password_encryption = 'scram-sha-256';
\getenv password OWN_PASSWORD
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'user') AS known \gset
\if :known
\else
CREATE ROLE :"user";
\endif
ALTER ROLE :"user" LOGIN NOCREATEROLE NOCREATEDB PASSWORD :'password';
COMMIT;
SQL
  log "user '$DB_USER' has its password now"
}

# Not from template1, in which a distribution of PostgreSQL may have put what nobody could restore.
# $1: database
make_database() {
  made=$(
    sql postgres --set=database="$1" --set=user="$DB_USER" <<'SQL'
SELECT pg_catalog.format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', :'database', :'user')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'database') \gexec
SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = :'database';
SQL
  )
  log "database '$1' is there, and belongs to '$made'"
}

# Where the server is nobody's but the application's, and no API of a provider makes users and databases.
as_administrator() {
  own_password=$PGPASSWORD
  PGUSER=$DB_ADMINISTRATOR
  PGPASSWORD=$DB_ADMINISTRATOR_PASSWORD
  wait_for_server postgres
  make_user "$own_password"
  for database in "$DB_NAME" $ADDITIONAL_DATABASES; do
    make_database "$database"
  done
  create_extensions
  PGUSER=$DB_USER
  PGPASSWORD=$own_password
  unset DB_ADMINISTRATOR_PASSWORD OWN_PASSWORD
}

# A service account logs in without a password. What it makes has to belong to the same role as before and after, so it acts as that one
# from the first moment of a connection and keeps no right of its own: Cloud SQL gave it those that allow this. Its session's default
# it may set itself; to make a member takes CREATEROLE, up to PostgreSQL 15 of any role. From 16 on Cloud SQL has made it one, in place
# of an administrator.
become_owner() {
  member=$(
    sql "$DB_NAME" --set=owner="$DB_OWNER" --set=administrators="$ADMINISTRATORS" <<'SQL'
SELECT pg_catalog.string_agg(a.rolname, '') = :'owner'
FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_auth_members m ON m.member = r.oid JOIN pg_catalog.pg_roles a ON a.oid = m.roleid
WHERE r.rolname = SESSION_USER AND a.rolname IN (:'owner', :'administrators');
SQL
  )
  lacking=$(
    sql "$DB_NAME" --set=owner="$DB_OWNER" --set=administrators="$ADMINISTRATORS" <<'SQL'
SELECT count(*) FROM pg_catalog.pg_roles r
WHERE r.rolname = SESSION_USER
  AND (CURRENT_USER <> :'owner' OR r.rolcreaterole OR r.rolcreatedb OR EXISTS (
    SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles a ON a.oid = m.roleid
    WHERE m.member = r.oid AND a.rolname = :'administrators'));
SQL
  )
  if [ "$lacking" = 0 ]; then
    log "'$DB_USER' acts as '$DB_OWNER' and has no rights of its own"
  elif [ "$member" = t ] && reason=$(
    sql "$DB_NAME" --set=owner="$DB_OWNER" 2>&1 >/dev/null <<'SQL'
BEGIN;
SET LOCAL ROLE NONE;
ALTER ROLE SESSION_USER SET role TO :'owner';
COMMIT;
SQL
  ); then
    log "'$DB_USER' acts as '$DB_OWNER' from now on"
  elif reason=$(
    sql "$DB_NAME" --set=owner="$DB_OWNER" --set=administrators="$ADMINISTRATORS" --set=login="$DB_USER" 2>&1 >/dev/null <<'SQL'
SET client_min_messages = error;
BEGIN;
-- Not RESET: that is what a connection begins with.
SET LOCAL ROLE NONE;
ALTER ROLE SESSION_USER SET role TO :'owner';
SELECT rolcreaterole AS direct FROM pg_catalog.pg_roles WHERE rolname = SESSION_USER \gset
\if :direct
\else
SET LOCAL ROLE :"administrators";
\endif
GRANT :"owner" TO :"login";
REVOKE :"administrators" FROM :"login";
ALTER ROLE :"login" NOCREATEROLE NOCREATEDB;
COMMIT;
SQL
  ); then
    log "'$DB_USER' acts as '$DB_OWNER' from now on, and gave back its own rights"
  else
    fail "'$DB_USER' cannot act as '$DB_OWNER': $reason
A member of $ADMINISTRATORS, user postgres for example, has to run there: GRANT \"$DB_OWNER\" TO \"$DB_USER\"; ALTER ROLE \"$DB_USER\" SET role TO '$DB_OWNER'; REVOKE \"$ADMINISTRATORS\" FROM \"$DB_USER\";"
  fi
  # Whom everything below is about; PGUSER stays who logs in.
  DB_USER=$DB_OWNER
}

require_database() {
  found=$(
    sql "$DB_NAME" --set=name="$1" <<'SQL'
SELECT count(*) FROM pg_catalog.pg_database WHERE datname = :'name';
SQL
  )
  [ "$found" = 1 ] || fail "database '$1' does not exist (ADDITIONAL_DATABASES)"
}

# Databases made by Cloud SQL's API belong to cloudsqlsuperuser, a role that every user made by the API is a member of: each
# of them could do with the database what it likes. Somebody else's database is left as it is.
own_database() {
  owner=$(
    sql "$1" <<'SQL'
SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database();
SQL
  )
  reason=
  if [ "$owner" = "$ADMINISTRATORS" ]; then
    if reason=$(
      sql "$1" --set=database="$1" --set=administrators="$owner" --set=user="$DB_USER" 2>&1 >/dev/null <<'SQL'
BEGIN;
SELECT rolcreatedb AS direct FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER \gset
\if :direct
\else
-- Attributes are not inherited, and a new owner needs this one. It is given back below.
SET LOCAL ROLE :"administrators";
ALTER ROLE :"user" CREATEDB;
RESET ROLE;
\endif
ALTER DATABASE :"database" OWNER TO CURRENT_USER;
COMMIT;
SQL
    ); then
      owner=$DB_USER
      log "database '$1': belongs to '$DB_USER' now"
    fi
  fi
  if [ "$owner" != "$DB_USER" ]; then
    log "database '$1': belongs to '$owner', so who may connect is left to that role${reason:+ ($reason)}"
    return
  fi
  sql "$1" --set=database="$1" --set=administrators="$ADMINISTRATORS" >/dev/null <<'SQL'
BEGIN;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
-- Exports and the like are run by members of this role; tables they cannot read.
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'administrators') AS known \gset
\if :known
GRANT CONNECT ON DATABASE :"database" TO :"administrators";
\endif
COMMIT;
SQL
  log "database '$1': closed to other users"
}

# What an import or an administrator made as cloudsqlsuperuser would be out of reach once the membership is given back.
# Not by REASSIGN OWNED: that would take every *database* of the role, those of others included.
own_objects() {
  moved=$(
    sql "$1" --set=administrators="$ADMINISTRATORS" <<'SQL'
SET client_min_messages = error;
CREATE TEMPORARY TABLE db_init_statements AS
WITH administrators AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = :'administrators'),
extension_members AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e')
SELECT pg_catalog.format('ALTER SCHEMA %I OWNER TO CURRENT_USER', nspname) AS statement
FROM pg_catalog.pg_namespace n
WHERE nspowner IN (SELECT oid FROM administrators)
  AND NOT EXISTS (SELECT FROM extension_members WHERE classid = 'pg_namespace'::regclass AND objid = n.oid)
UNION ALL
SELECT pg_catalog.format(
  'ALTER %s %I.%I OWNER TO CURRENT_USER',
  CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
    WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
  nspname, relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE relowner IN (SELECT oid FROM administrators) AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND NOT EXISTS (SELECT FROM extension_members WHERE classid = 'pg_class'::regclass AND objid = c.oid)
  -- A serial column's sequence follows its table.
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND relkind = 'S')
UNION ALL
SELECT pg_catalog.format('ALTER ROUTINE %s OWNER TO CURRENT_USER', p.oid::regprocedure)
FROM pg_catalog.pg_proc p
WHERE proowner IN (SELECT oid FROM administrators)
  AND NOT EXISTS (SELECT FROM extension_members WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
UNION ALL
SELECT pg_catalog.format('ALTER TYPE %s OWNER TO CURRENT_USER', t.oid::regtype)
FROM pg_catalog.pg_type t
WHERE typowner IN (SELECT oid FROM administrators) AND typtype IN ('d', 'e', 'r')
  AND NOT EXISTS (SELECT FROM extension_members WHERE classid = 'pg_type'::regclass AND objid = t.oid);
SELECT count(*) FROM db_init_statements;
BEGIN;
SELECT statement FROM db_init_statements \gexec
COMMIT;
SQL
  ) || fail "'$DB_USER' cannot take over what '$ADMINISTRATORS' made in database '$1'"
  [ "$moved" = 0 ] || log "database '$1': $moved objects of '$ADMINISTRATORS' belong to '$DB_USER' now"
}

# Since PostgreSQL 15 only the database's owner may create in schema public. Who may not grant may still have the right
# already, so only the trial afterwards decides.
grant_schema() {
  if reason=$(
    sql "$1" 2>&1 >/dev/null <<'SQL'
SET client_min_messages = error;
GRANT USAGE, CREATE ON SCHEMA public TO CURRENT_USER;
SQL
  ); then
    return
  fi
  log "database '$1': could not grant on schema public, trying without: $(printf '%s' "$reason" | head -n 1)"
}

# Every user made by Cloud SQL's API may create roles and databases and is a member of cloudsqlsuperuser
# (https://cloud.google.com/sql/docs/postgres/users). Up to PostgreSQL 15 such a user can grant itself any other role, so it
# reads, changes and drops what belongs to other stages and applications of the instance. "ALTER ROLE" is Google's documented
# way to take the attributes away, and who has CREATEROLE may also revoke a membership
# (https://www.postgresql.org/docs/15/role-attributes.html). The attributes go last: they are what allows all of it.
# Fails where nothing had to be given back.
give_back() {
  held=$(
    sql "$DB_NAME" --set=administrators="$ADMINISTRATORS" <<'SQL'
SELECT count(*) FILTER (WHERE m.roleid IS NOT NULL OR r.rolcreaterole OR r.rolcreatedb)
FROM pg_catalog.pg_roles r
LEFT JOIN (pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles a ON a.oid = m.roleid AND a.rolname = :'administrators')
  ON m.member = r.oid
WHERE r.rolname = CURRENT_USER AND NOT r.rolsuper;
SQL
  )
  if [ "$held" = 0 ]; then
    log "'$DB_USER' has no rights outside its databases"
    return 1
  fi
  if reason=$(
    sql "$DB_NAME" --set=administrators="$ADMINISTRATORS" --set=user="$DB_USER" 2>&1 >/dev/null <<'SQL'
SET client_min_messages = error;
BEGIN;
SELECT r.rolcreaterole AS direct, EXISTS (
  SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles a ON a.oid = m.roleid
  WHERE m.member = r.oid AND a.rolname = :'administrators') AS member
FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER \gset
\if :direct
\elif :member
SET LOCAL ROLE :"administrators";
\endif
\if :member
REVOKE :"administrators" FROM :"user";
\endif
ALTER ROLE :"user" NOCREATEROLE NOCREATEDB;
COMMIT;
SQL
  ); then
    log "'$DB_USER' gave back CREATEROLE, CREATEDB and its membership of '$ADMINISTRATORS'"
    return 0
  fi
  version=$(
    sql "$DB_NAME" <<'SQL'
SELECT pg_catalog.current_setting('server_version_num')::integer / 10000;
SQL
  )
  # From PostgreSQL 16 on a role cannot give back its own attributes, and cannot grant itself another one's role either.
  [ "$version" -ge 16 ] || fail "'$DB_USER' cannot give back its rights on the whole instance: $reason"
  log "warning: '$DB_USER' keeps its membership of '$ADMINISTRATORS', so it reaches databases that belong to that role." \
    "PostgreSQL $version lets an administrator alone take it away: gcloud sql users assign-roles '$DB_USER'" \
    "--type=BUILT_IN --revoke-existing-roles --database-roles=<a role without rights> --instance=<instance>"
  return 1
}

# A database that was made after the user's rights on the instance were given back needs an administrator once.
remedy() {
  if [ "$2" = "$ADMINISTRATORS" ]; then
    echo "A member of $2, user postgres for example, has to run there:" \
      "GRANT \"$DB_USER\" TO CURRENT_USER; ALTER DATABASE \"$1\" OWNER TO \"$DB_USER\"; REVOKE \"$DB_USER\" FROM CURRENT_USER;"
  else
    echo "Its owner, '$2', has to run there: GRANT USAGE, CREATE ON SCHEMA public TO \"$DB_USER\";"
  fi
}

# In one transaction, so that a job killed in the middle leaves no table behind.
try_tables() {
  if ! reason=$(
    sql "$1" --set=table="db_init_trial_$$" 2>&1 >/dev/null <<'SQL'
BEGIN;
CREATE TABLE public.:"table" (id integer PRIMARY KEY, content text);
INSERT INTO public.:"table" VALUES (1, 'trial');
DROP TABLE public.:"table";
COMMIT;
SQL
  ); then
    owner=$(
      sql "$1" <<'SQL'
SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database();
SQL
    )
    fail "'$DB_USER' cannot create tables in schema public of database '$1': $reason
$(remedy "$1" "$owner")"
  fi
  log "database '$1': '$DB_USER' can create and drop tables"
}

# $1: database, $2: extension
installed_version() {
  sql "$1" --set=extension="$2" <<'SQL'
SELECT extversion FROM pg_catalog.pg_extension WHERE extname = :'extension';
SQL
}

# $1: database, $2: extension
create_extension() {
  version=$(installed_version "$1" "$2")
  if [ -n "$version" ]; then
    log "database '$1': extension '$2' $version is there already"
    return
  fi
  available=$(
    sql "$1" --set=extension="$2" <<'SQL'
SELECT count(*) FROM pg_catalog.pg_available_extensions WHERE name = :'extension';
SQL
  )
  [ "$available" = 1 ] || fail "this server does not offer extension '$2'"
  if ! reason=$(
    sql "$1" --set=extension="$2" 2>&1 >/dev/null <<'SQL'
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS :"extension";
SQL
  ); then
    fail "'$PGUSER' cannot create extension '$2' in database '$1': $reason
On Cloud SQL a member of $ADMINISTRATORS may, user postgres for example. It has to run there: CREATE EXTENSION \"$2\";"
  fi
  log "database '$1': extension '$2' $(installed_version "$1" "$2") created"
}

create_extensions() {
  for extension in $POSTGRES_EXTENSIONS; do
    create_extension "$DB_NAME" "$extension"
  done
  for database in $ADDITIONAL_DATABASES; do
    for extension in $ADDITIONAL_EXTENSIONS; do
      create_extension "$database" "$extension"
    done
  done
}

try_vector() {
  if ! nearest=$(
    sql "$DB_NAME" 2>&1 <<'SQL'
CREATE TEMPORARY TABLE db_init_vectors (name text, embedding vector(3));
INSERT INTO db_init_vectors VALUES ('near', '[1,2,3]'), ('far', '[9,9,9]');
SELECT name FROM db_init_vectors ORDER BY embedding <-> '[1,2,4]' LIMIT 1;
SQL
  ); then
    fail "extension 'vector' is there but does not work for '$DB_USER': $nearest"
  fi
  [ "$nearest" = near ] || fail "extension 'vector' gave a wrong answer: $nearest"
  log "extension 'vector' works"
}

main() {
  case ${1:-} in
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

  : "${DB_PORT:=5432}" "${DB_WAIT_SECONDS:=300}" "${ADDITIONAL_DATABASES:=}" "${DB_OWNER:=}"
  : "${POSTGRES_EXTENSIONS:=}" "${ADDITIONAL_EXTENSIONS:=}" "${DB_ADMINISTRATOR:=}" "${DB_ADMINISTRATOR_PASSWORD:=}"
  check_settings
  export PGHOST="$DB_HOST" PGPORT="$DB_PORT" PGUSER="$DB_USER" PGPASSWORD
  export PGAPPNAME=db-init PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-5}"
  # The messages looked for below are English ones.
  export LC_ALL=C

  [ -z "$DB_ADMINISTRATOR" ] || as_administrator
  wait_for_server "$DB_NAME"
  [ -z "$DB_OWNER" ] || become_owner

  # Everything that must be there is checked before anything is changed.
  for database in $ADDITIONAL_DATABASES; do
    require_database "$database"
  done

  for database in "$DB_NAME" $ADDITIONAL_DATABASES; do
    own_database "$database"
    own_objects "$database"
    grant_schema "$database"
    try_tables "$database"
  done

  # Before the rights on the instance are given back: on Cloud SQL it takes them.
  create_extensions
  if give_back; then
    # As every later connection will be.
    for database in "$DB_NAME" $ADDITIONAL_DATABASES; do
      try_tables "$database"
    done
  fi
  case " $POSTGRES_EXTENSIONS " in
    *' vector '*) try_vector ;;
  esac
  log "done"
}

main "$@"

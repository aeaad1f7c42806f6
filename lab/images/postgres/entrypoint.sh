#!/bin/bash
# Starts PostgreSQL in the foreground on $PGDATA, with its write-ahead log in $PGWAL; makes the database cluster,
# with data checksums, when there is none. Arguments go to postgres (e.g. -c shared_buffers=256MB); a first argument
# that is no option is run as a command instead. POSTGRES_PASSWORD sets the superuser's password; without it every
# connection is trusted.
set -euo pipefail

if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then exec "$@"; fi

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; }

initialise() {
    # What a broken-off start left is no database: PG_VERSION is written early, the marker last.
    rm -rf "$PGDATA" "$PGWAL"
    local auth=(--auth=trust) password
    if [ -n "${POSTGRES_PASSWORD:-}" ]; then
        password=$(mktemp)
        printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
        chown postgres: "$password"
        auth=(--auth=scram-sha-256 --pwfile="$password")
    fi
    as_postgres initdb --pgdata="$PGDATA" --waldir="$PGWAL" --data-checksums --username=postgres \
        --encoding=UTF8 --locale=C.UTF-8 "${auth[@]}"
    if [ -n "${password:-}" ]; then rm -f "$password"; fi
    if [ -n "${POSTGRES_PASSWORD:-}" ]; then
        echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    else
        echo 'host all all all trust' >>"$PGDATA/pg_hba.conf"
    fi
    sync -f "$PGDATA"
    touch "$PGDATA/.initialised"
}

# The mount points belong to root when the volumes are new; postgres needs folders of its own below them.
for mount in "$(dirname "$PGDATA")" "$(dirname "$PGWAL")"; do
    mkdir -p "$mount"
    chown postgres:postgres "$mount"
done
if [ ! -e "$PGDATA/.initialised" ]; then initialise; fi

mkdir -p /run/postgresql
chown postgres:postgres /run/postgresql
exec setpriv --reuid=postgres --regid=postgres --init-groups -- \
    postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql "$@"

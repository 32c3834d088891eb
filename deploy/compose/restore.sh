#!/bin/sh
# Brings back what backup.sh has saved, on this machine or on a new one, also with a newer Natter or PostgreSQL.
# The proxy answers meanwhile that Natter is away. --replace deletes for good what is there now.
set -eu
unset CDPATH
umask 077

usage="usage: restore.sh [--replace] BACKUP"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*"
}

compose() {
    docker compose --progress quiet "$@"
}

has() {
    docker compose config --services | grep -qx "$1"
}

web() {
    compose run --rm --no-deps -T -e NATTER_LOG_FORMAT=console web "$@"
}

query() {
    docker compose exec -T -e PGOPTIONS='-c client_min_messages=warning' postgres \
        psql --username natter --dbname "${2:-postgres}" --no-psqlrc --quiet \
        --tuples-only --no-align --set ON_ERROR_STOP=1 --command "$1" </dev/null
}

checksums() {
    if command -v sha256sum >/dev/null; then sha256sum -c SHA256SUMS; else shasum -a 256 -c SHA256SUMS; fi
}

check_backup() {
    [ -f "$backup/manifest" ] && [ -f "$backup/SHA256SUMS" ] || fail "$backup is no backup, or half of one."
    grep -qx 'format=1' "$backup/manifest" || fail "$backup is of a newer Natter: restore it with that one."
    dump=database.dump
    ! grep -qx 'schema=none' "$backup/manifest" || dump=
    for file in bus.tar manifest $dump; do
        grep -q " [ *]$file\$" "$backup/SHA256SUMS" || fail "$backup is half a backup: it has no checksum of $file."
    done
    (cd "$backup" && checksums >/dev/null) || fail "$backup is damaged: its checksums do not agree."
    if [ -z "$dump" ] && has postgres; then
        fail "$backup is of NATS alone, and this PostgreSQL is Natter's own."
    fi
}

# A chat without a message is what anybody makes who opens the page.
look_for_messages() {
    messages=f
    table=$(query "SELECT to_regclass('messages') IS NOT NULL" natter)
    [ "$table" = f ] || messages=$(query "SELECT EXISTS (SELECT FROM messages)" natter)
}

# The one that is served is left alone until the other is whole.
load_database() {
    say "Restoring PostgreSQL"
    drop_others
    query "CREATE DATABASE natter_restored TEMPLATE template0"
    docker compose exec -T postgres pg_restore --username natter --dbname natter_restored --no-owner \
        --no-privileges --exit-on-error --single-transaction <"$backup/database.dump" ||
        fail "The backup could not be restored."
    query "ANALYZE" natter_restored
}

drop_others() {
    query "DROP DATABASE IF EXISTS natter_restored WITH (FORCE)"
    query "DROP DATABASE IF EXISTS natter_replaced WITH (FORCE)"
}

serve_database() {
    query "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'natter'" >/dev/null
    query "BEGIN; ALTER DATABASE natter RENAME TO natter_replaced;
        ALTER DATABASE natter_restored RENAME TO natter; COMMIT"
    drop_others
}

# Whatever ended it meanwhile does not end this.
undo() {
    trap '' HUP INT TERM
    if has postgres; then drop_others || :; fi
    [ -z "$running" ] || compose start $running >/dev/null || say "Start it again: docker compose up --detach" >&2
    say "This was not finished; nothing was changed." >&2
}

# As many of each service as there were.
scales() {
    for service in web realtime ai; do
        count=$(docker compose ps --all --quiet "$service" | wc -l)
        [ "$count" -lt 2 ] || printf ' --scale %s=%d' "$service" "$count"
    done
}

replace=
[ "${1:-}" != --replace ] || { replace=--replace && shift; }
[ "${2:-}" != --replace ] || replace=--replace
case "${1:-}" in '' | -*) fail "$usage" ;; esac
[ -d "$1" ] || fail "There is no backup $1."
backup=$(cd "$1" && pwd)
cd "$(dirname "$0")"

docker compose ps --quiet >/dev/null || fail "docker compose does not work here: is Docker started?"
check_backup
say "Checking the backup"
compose run --rm --no-deps -T secrets </dev/null
web verify <"$backup/bus.tar" || fail "This backup cannot be restored here; nothing was changed."
backends=
for service in postgres nats; do ! has "$service" || backends="$backends $service"; done
[ -z "$backends" ] || compose up --detach --wait $backends
messages=f
if has postgres; then look_for_messages; fi
if [ "$messages" != f ] && [ -z "$replace" ]; then
    fail "There are messages here already. To delete them for good: restore.sh --replace $1"
fi

running=$(docker compose ps --status running --services | grep -x -e web -e realtime -e ai | tr '\n' ' ') || running=
trap undo EXIT
trap 'exit 130' HUP INT TERM
say "Stopping web, realtime and ai"
compose stop web realtime ai
if has postgres; then load_database; fi

trap 'say "This was not finished, and Natter stays stopped. Run it again: restore.sh --replace $backup" >&2' EXIT
say "Restoring NATS"
web restore --replace <"$backup/bus.tar"
if has postgres; then serve_database; fi
web migrate </dev/null
# Only when it starts does it read which messages it has had lately, by their ids.
if has nats; then
    compose restart --no-deps nats
    compose up --detach --wait --no-recreate nats
fi
web requeue </dev/null
say "Starting"
compose up --detach --wait $(scales)
trap - EXIT
say "Done."

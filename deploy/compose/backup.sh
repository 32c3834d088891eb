#!/bin/sh
# Writes a backup of PostgreSQL and NATS, while everything runs, into a new folder of FOLDER (./backups), and
# prints its path. It holds every chat and no secret. restore.sh reads it.
set -eu
unset CDPATH
umask 077

usage="usage: backup.sh [FOLDER]"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*" >&2
}

has() {
    docker compose config --services | grep -qx "$1"
}

runs() {
    [ -n "$(docker compose ps --status running --quiet "$1")" ]
}

# save FILE COMMAND…: what writes the file may fail as well as what is written.
save() {
    file=$1
    shift
    status=$({ { "$@" 3>&-; echo $? >&3; } </dev/null | cat >"$partial/$file"; } 3>&1) || status=1
    [ "$status" = 0 ] || fail "$file could not be written; nothing is left of this backup."
}

web() {
    docker compose --progress quiet run --rm --no-deps -T -e NATTER_LOG_FORMAT=console web "$@"
}

query() {
    docker compose exec -T postgres psql --username natter --dbname natter --no-psqlrc --tuples-only --no-align \
        --command "$1" </dev/null
}

checksum() {
    if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

dump_database() {
    say "Saving PostgreSQL"
    save database.dump docker compose exec -T postgres pg_dump --username natter --dbname natter --format=custom
    schema=$(query "SELECT max(version) FROM schema_migrations") && postgres=$(query "SHOW server_version") ||
        fail "PostgreSQL gave no answer; nothing is left of this backup."
}

manifest() {
    printf '%s=%s\n' format 1 made_at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" schema "$schema" postgres "$postgres"
}

[ $# -le 1 ] || fail "$usage"
folder=${1-backups}
case "$folder" in '' | -*) fail "$usage" ;; esac
nowhere="There can be no backup in $folder."
mkdir -p "$folder" && folder=$(cd "$folder" && pwd) || fail "$nowhere"
cd "$(dirname "$0")"

docker compose ps --quiet >/dev/null || fail "docker compose does not work here: is Docker started?"
for service in postgres nats; do
    if has "$service" && ! runs "$service"; then
        fail "$service does not run: docker compose up --detach --wait postgres nats, then again."
    fi
done

name=natter-$(date -u +%Y%m%dT%H%M%SZ)
partial=$folder/.$name.partial
[ ! -e "$partial" ] || fail "Another backup has just begun in $folder."
mkdir "$partial" || fail "$nowhere"
trap 'rm -rf "$partial"' EXIT
trap 'exit 130' HUP INT TERM

# The bus first: so no number in it is one that the restored database gives away again.
say "Saving NATS"
save bus.tar web snapshot
web verify <"$partial/bus.tar" || fail "What was saved of NATS is not whole; nothing is left of this backup."
schema=none postgres=none
if has postgres; then
    dump_database
else
    say "PostgreSQL is yours: back it up by its own means now, after NATS. This backup is of NATS alone."
fi

save manifest manifest
sums=$(cd "$partial" && checksum *) || fail "The backup cannot be read again; nothing is left of it."
save SHA256SUMS printf '%s\n' "$sums"
sync
mv "$partial" "$folder/$name" || fail "The backup cannot have its name; nothing is left of it."
trap - EXIT
say "Done: $(du -sh "$folder/$name" | cut -f 1)"
printf '%s\n' "$folder/$name"

#!/bin/sh
# Makes a secret anew while the stack runs, and restarts whoever has to read it, one replica after the other. What was
# cut off halfway is mended by running it again.
set -eu
unset CDPATH
cd "$(dirname "$0")"

usage="\
usage: rotate.sh postgres                the password of the database
       rotate.sh nats                    the passwords of all users of NATS
       rotate.sh stream_keys             the key by which web signs stream tokens
       rotate.sh forget-old-stream-keys  and what was signed by one before, once nobody has it any more
       rotate.sh openai_api_key < FILE   the key of the model's endpoint
       rotate.sh ai_connections < FILE   all endpoints, as in NATTER_AI_CONNECTIONS"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*"
}

secrets() {
    docker compose --progress quiet run --rm --no-deps -T secrets "$@"
}

need() {
    docker compose ps --quiet >/dev/null ||
        fail "docker compose does not work here: is Docker started, and are you in its group?"
    for service in "$@"; do
        [ -n "$(docker compose ps --quiet "$service")" ] || fail "$service does not run: start the stack first."
    done
}

restarts() {
    docker inspect --format '{{.RestartCount}}' "$1"
}

# A container that the engine starts again and again has said why.
await() {
    tries=0
    begun=$(restarts "$1")
    until docker inspect --format '{{.State.Health.Status}}' "$1" | grep -qx healthy; do
        if [ "$(restarts "$1")" -gt "$begun" ]; then
            docker logs --tail 1 "$1" >&2
            fail "It does not start: docker logs $1"
        fi
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || fail "It does not get healthy: docker logs $1"
        sleep 1
    done
}

# Has each replica of a service say that it is ready now: what the engine knows may be ten seconds old.
await_ready() {
    for container in $(docker compose ps --quiet "$1"); do
        tries=0
        until docker exec "$container" python -m services.shared.process.probe "$2" 2>/dev/null; do
            tries=$((tries + 1))
            [ "$tries" -lt 60 ] || fail "It does not get ready: docker logs $container"
            sleep 1
        done
    done
}

one_by_one() {
    for container in $(docker compose ps --quiet "$1"); do
        say "Restarting $(docker inspect --format '{{.Name}}' "$container" | cut -c 2-)"
        docker restart "$container" >/dev/null
        await "$container"
    done
}

# Web reads the file again with each new connection; those that it has go on. It does not come up where a rotation was
# cut off before the database had its password: so it is not needed here.
rotate_postgres() {
    need postgres
    secrets rotate postgres </dev/null
    say "PostgreSQL takes the new password"
    # Over the socket in its container, which needs none; the statement stays out of the server's log.
    docker compose exec -T -e PGOPTIONS='-c log_statement=none -c log_min_error_statement=panic' postgres \
        psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username natter --dbname natter <<'SQL'
\set password `cat /run/secrets/postgres_password`
ALTER ROLE natter PASSWORD :'password';
SQL
    await_ready web 8000
    [ -n "$(docker compose ps --quiet web)" ] || say "web does not run: start the stack, sh up.sh."
}

# A service reads its file again when it reconnects; NATS reads its own at its start.
rotate_nats() {
    need nats web realtime ai
    secrets rotate nats </dev/null
    say "Restarting NATS"
    docker compose --progress quiet restart --no-deps nats
    await_ready web 8000
    await_ready realtime 8001
    await_ready ai 8002
}

# The gateway has to know a key before web signs by it.
rotate_stream_keys() {
    need realtime web
    secrets rotate stream_keys </dev/null
    one_by_one realtime
    one_by_one web
    say "The keys before it stay good. A quarter of an hour from now (NATTER_WEB_STREAM_TOKEN_SECONDS) nothing" \
        "signed by them is left: then run rotate.sh forget-old-stream-keys."
}

# Web first, in case a rotation was cut off: it has to sign by the newest key before the gateway forgets the others.
forget_old_stream_keys() {
    need realtime web
    secrets forget-old-stream-keys </dev/null
    one_by_one web
    one_by_one realtime
}

take_over() {
    need ai
    secrets set "$1"
    one_by_one ai
}

case "${1:-}" in
postgres) rotate_postgres ;;
nats) rotate_nats ;;
stream_keys) rotate_stream_keys ;;
forget-old-stream-keys) forget_old_stream_keys ;;
openai_api_key | ai_connections) take_over "$1" ;;
*) fail "$usage" ;;
esac
say "Done."

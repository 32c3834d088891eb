#!/bin/sh
# Brings the stack up and says where it is; what is given goes to `docker compose up`, such as `--scale ai=4`.
set -eu
unset CDPATH
cd "$(dirname "$0")"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# older VERSION MAJOR MINOR
older() {
    printf '%s\n' "${1#v}" | awk -F . -v major="$2" -v minor="$3" \
        '{ exit !($1 + 0 < major || ($1 + 0 == major && $2 + 0 < minor)) }'
}

check_docker() {
    command -v docker >/dev/null ||
        fail "There is no docker here: install Docker Engine 25 or newer with its compose plugin, or try make run."
    compose=$(docker compose version --short 2>/dev/null) ||
        fail "This docker has no compose plugin: install version 2.24 or newer of it."
    ! older "$compose" 2 24 || fail "This is Docker Compose $compose: version 2.24 or newer is needed."
    engine=$(docker version --format '{{.Server.Version}}' 2>&1) ||
        fail "No Docker engine answers you: is it started, and are you in its group? It says: $engine"
    ! older "$engine" 25 0 || fail "This is Docker Engine $engine: version 25 or newer is needed."
}

# They are mounted as they are, and containers are neither root nor you.
check_modes() {
    closed=$(find ../nats ../observability ../proxy ./*.py -type f ! -perm -004)
    [ -z "$closed" ] || fail "Other users must be able to read these, which hold no secret (chmod o+r):
$closed"
}

# Those that run once end with a sentence.
tell_why() {
    for service in secrets migrate; do
        container=$(docker compose ps --all --quiet "$service")
        [ -n "$container" ] || continue
        [ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" != 0 ] || continue
        docker logs "$container" 2>&1 | tail -n 1 >&2
        exit 1
    done
    fail "It did not come up; \`docker compose logs\` in deploy/compose says why."
}

# Where the pages are, with a slash at the end; nothing where a proxy of yours leads to them.
find_site() {
    path=$(docker compose exec -T web printenv NATTER_WEB_BASE_PATH) || path=
    domain=$(docker compose exec -T proxy printenv NATTER_SITE_ADDRESS 2>/dev/null) || domain=
    case "$domain" in
    '') site= ;;
    :80) site=http://$(docker compose port proxy 80)${path%/}/ ;;
    *) site=https://$domain$(https_port)${path%/}/ ;;
    esac
}

https_port() {
    port=$(docker compose port proxy 443)
    [ "${port##*:}" = 443 ] || printf ':%s' "${port##*:}"
}

is_set() {
    [ -n "$(docker compose exec -T "$1" printenv "$2" || :)" ]
}

say_who_comes_in() {
    case "$(docker compose exec -T web printenv NATTER_WEB_SINGLE_USER || :)" in
    [Tt]* | [Yy]* | [Oo][Nn] | 1)
        echo "It has no accounts: everybody who reaches it reads and writes all chats."
        return
        ;;
    esac
    say_how_to_encrypt
    [ "$(docker compose exec -T web python -m services.natter setup-status)" = open ] || return 0
    echo "It has no administrator yet. Make your account at ${site:-/}setup/ with this code:" \
        "$(docker compose exec -T web cat /run/secrets/setup_code)"
}

# A proxy of yours in front may bring the encryption.
say_how_to_encrypt() {
    case "$site" in
    http://127.* | http://\[::1\]*) ;;
    http://*)
        is_set proxy NATTER_TRUSTED_PROXIES ||
            echo "Nobody can sign in at this address, since a password does not travel over plain HTTP. Set" \
                "NATTER_DOMAIN, or use a proxy of your own with TLS and name it in NATTER_TRUSTED_PROXIES;" \
                "\"Who can reach it\" in deploy/README.md shows both."
        ;;
    esac
}

check_docker
check_modes
docker compose up --detach --build --wait "$@" || tell_why
echo
find_site
echo "Natter is up: ${site:-where your own proxy leads to it, which finds web at $(docker compose port web 8000)}"
say_who_comes_in
if is_set web NATTER_WEB_DEMO; then
    echo "Answers come from the demo endpoint: no model is behind it. Name one in deploy/compose/.env, see .env.example."
else
    echo "Answers come from the endpoint that you have named."
fi
echo "Stop it with make down, or sh down.sh in deploy/compose; the chats stay."

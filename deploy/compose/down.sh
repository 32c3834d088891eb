#!/bin/sh
# Takes the containers away and leaves the data.
set -eu
unset CDPATH
cd "$(dirname "$0")"

docker compose ps --quiet >/dev/null || {
    echo "docker compose does not work here: is Docker started, and are you in its group?" >&2
    exit 1
}
docker compose down --remove-orphans "$@"
case " $* " in
*" -v "* | *" --volumes "*) echo "Natter is down, and its chats and secrets are deleted." ;;
*) echo "Natter is down; its chats and secrets stay. To delete them as well: sh deploy/compose/down.sh --volumes" ;;
esac

#!/bin/sh
# Builds the pages' scripts and styles where a source is newer than the last build, with the Node
# that .venv carries.
set -eu

PATH=$(pwd -P)/.venv/bin:$PATH
export PATH
manifest=../static/build/manifest.json
installed=node_modules/.installed-lock

trap 'echo; exit 130' HUP INT TERM

fail() {
    echo "The front end could not be $1; the lines above say why. Run the same command to try again." >&2
    exit 1
}

cd services/web/frontend

if ! cmp -s package-lock.json "$installed"; then
    echo "Installing the front end's packages"
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null ||
        fail installed
    cp package-lock.json "$installed"
fi

if [ ! -f "$manifest" ] ||
    [ -n "$(find src build.mjs package.json package-lock.json -newer "$manifest")" ]; then
    echo "Building the front end"
    npm run --silent build || fail built
fi

#!/bin/sh
# Builds the pages' scripts and styles where a source is newer than the last build, with the Node
# that .venv carries.
set -eu

PATH=$(pwd -P)/.venv/bin:$PATH
export PATH
manifest=../static/build/manifest.json
installed=node_modules/.installed-lock

cd services/web/frontend

if ! cmp -s package-lock.json "$installed"; then
    echo "Installing the front end's packages"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    cp package-lock.json "$installed"
fi

if [ ! -f "$manifest" ] ||
    [ -n "$(find src build.mjs package.json package-lock.json -newer "$manifest")" ]; then
    echo "Building the front end"
    npm run --silent build
fi

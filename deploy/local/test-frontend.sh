#!/bin/sh
# Runs the front end's tests where a source or a test is newer than their last success.
set -eu

PATH=$(pwd -P)/.venv/bin:$PATH
export PATH
passed=node_modules/.tests-passed

cd services/web/frontend
if [ ! -f "$passed" ] || [ -n "$(find src test package.json -newer "$passed")" ]; then
    : >"$passed.new"
    npm test --silent
    mv "$passed.new" "$passed"
fi

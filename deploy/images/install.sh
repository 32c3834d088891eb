#!/bin/sh
# Installs the packages of /requirements.lock, and nothing else, into /opt/venv.
set -eu

python -m pip --python /opt/venv/bin/python install --require-hashes --no-deps --only-binary :all: \
    --no-compile --disable-pip-version-check --no-input --progress-bar off -r /requirements.lock
# Without times in it, bytecode is the same in each build.
/opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

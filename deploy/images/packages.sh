#!/bin/sh
# Installs the packages of /requirements.lock, and nothing else, into the environment /opt/venv.
set -eu

python -m pip --python /opt/venv/bin/python install --require-hashes --no-deps --only-binary :all: --no-compile \
    --cache-dir /cache/pip --disable-pip-version-check --no-input --progress-bar off -r /requirements.lock
# Some wheels carry what only a debugger reads: 7 of 20 MB, compressed.
find /opt/venv/lib -name '*.so*' -type f -exec strip --strip-unneeded {} +
sh /fixed.sh /opt/venv

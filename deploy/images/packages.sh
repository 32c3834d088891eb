#!/bin/sh
# Installs the packages of /requirements.lock, and nothing else, into the environment /opt/venv; with the argument
# 1 those of /requirements-tracing.lock, too.
set -eu

case ${1:-} in
    "") more= ;;
    1) more="-r /requirements-tracing.lock" ;;
    *) echo "TRACING is 1, or not set: $1" >&2 && exit 1 ;;
esac
# shellcheck disable=SC2086 - two words, or none
python -m pip --python /opt/venv/bin/python install --require-hashes --no-deps --only-binary :all: --no-compile \
    --cache-dir /cache/pip --disable-pip-version-check --no-input --progress-bar off -r /requirements.lock $more
# Some wheels carry what only a debugger reads: 7 of 20 MB, compressed.
find /opt/venv/lib -name '*.so*' -type f -exec strip --strip-unneeded {} +
sh /fixed.sh /opt/venv

#!/bin/sh
# Brings .venv up to a lock file: `install.sh local` to run Natter, `install.sh dev` to test it.
# What was installed is kept as a copy of the lock file, written last: an unchanged one costs
# nothing, and an interrupted installation is taken up again.
set -eu

extra=$1
lock=requirements-$extra.lock
log=.venv/install.log
ticker=

stop_ticker() {
    [ -z "$ticker" ] || kill "$ticker" 2>/dev/null || true
    ticker=
}
trap stop_ticker EXIT
trap 'stop_ticker; echo; exit 130' HUP INT TERM

quietly() {
    if [ -t 1 ]; then
        (while sleep 2 >/dev/null && printf '.'; do :; done) &
        ticker=$!
    fi
    if ! "$@" >"$log" 2>&1; then
        stop_ticker
        echo
        cat "$log" >&2
        echo "That did not work; the lines above say why. Run the same command to try again." >&2
        exit 1
    fi
    stop_ticker
    [ ! -t 1 ] || echo
}

pip() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off "$@"
}

# An environment that was moved, or whose Python has gone, is made anew.
if [ "$(cat .venv/.folder 2>/dev/null)" != "$(pwd -P)" ] || ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(sh deploy/local/find-python.sh)
    echo "Creating .venv with $("$python" --version) ($python)"
    if ! rm -rf .venv || ! mkdir .venv; then
        echo "Natter installs what it needs into $(pwd -P): it must be allowed to write there." >&2
        exit 1
    fi
    quietly "$python" -m venv .venv
    pwd -P >.venv/.folder
fi

if ! cmp -s "$lock" ".venv/.installed-$extra"; then
    echo "Installing $(grep -c '^[a-z0-9]' "$lock") packages of $lock (about a minute the first time)"
    rm -f .venv/.installed-*
    quietly pip --require-hashes -r "$lock"
    cp "$lock" ".venv/.installed-$extra"
    # The development lock includes the local one.
    [ "$extra" = local ] || cp requirements-local.lock .venv/.installed-local
fi

if ! cmp -s pyproject.toml .venv/.installed-project; then
    quietly pip --no-deps --no-build-isolation --no-index --editable .
    cp pyproject.toml .venv/.installed-project
fi

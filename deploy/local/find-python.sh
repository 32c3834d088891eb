#!/bin/sh
# Prints the path of a Python 3.12 or newer that can make a virtual environment, or says how to get
# one and fails. Every candidate is run: a name on the PATH may be a shim that serves nothing.
set -u

without_ensurepip=
uv_said=

works() {
    # _base_executable: inside an active virtual environment, the Python it was made from.
    found=$("$1" -c 'import sys; sys.version_info >= (3, 12) and print(sys._base_executable)' \
        2>/dev/null) && [ -n "$found" ] || return 1
    if "$found" -c 'import ensurepip, venv' 2>/dev/null; then
        printf '%s\n' "$found"
        exit 0
    fi
    without_ensurepip=$found
}

# 3.13 is the version of .python-version.
for name in python3 python3.13 python3.14 python3.12 python3.15 python; do
    command -v "$name" >/dev/null 2>&1 && works "$name"
done

for minor in 13 14 12 15; do
    for candidate in "${PYENV_ROOT:-${HOME:-/root}/.pyenv}"/versions/3."$minor"*/bin/python3; do
        [ -x "$candidate" ] && works "$candidate"
    done
done

if command -v uv >/dev/null 2>&1; then
    found=$(uv python find --no-project '>=3.12' 2>/dev/null) && works "$found"
    echo 'No Python 3.12 or newer here: uv installs 3.13' >&2
    if uv_said=$(uv python install --no-progress 3.13 2>&1); then
        found=$(uv python find --no-project --managed-python 3.13 2>&1) && works "$found"
        uv_said=$found
    fi
fi

if [ -n "$without_ensurepip" ]; then
    version=$("$without_ensurepip" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    cat >&2 <<END
Natter found $without_ensurepip, which cannot make virtual environments (no ensurepip).
  Debian, Ubuntu:  sudo apt install python$version-venv
  elsewhere:       install uv (https://docs.astral.sh/uv/), and run this again
END
    exit 1
fi

if [ -n "$uv_said" ]; then
    printf '%s\n' "$uv_said" >&2
    echo 'uv could not install a Python; the lines above say why. Any other 3.12 or newer will do too:' >&2
else
    echo 'Natter needs Python 3.12 or newer, and found none. One of these gets it:' >&2
fi
case $(uname -s) in
    Darwin) echo '  brew install python@3.13          (or the installer of https://www.python.org)' >&2 ;;
    *)
        cat >&2 <<'END'
  Debian 13, Ubuntu 24.04 or newer:  sudo apt install python3 python3-venv
  Fedora:                            sudo dnf install python3.13
  Arch:                              sudo pacman -S python
END
        ;;
esac
if [ -z "$uv_said" ]; then
    cat >&2 <<'END'
  any system, without root:          install uv (https://docs.astral.sh/uv/), and run this again
END
fi
exit 1

"""`make test-models`: brings real model servers here and tries Natter with them."""

import argparse
import subprocess
import sys

from tests.models.installing import NotInstalledError
from tests.models.servers import NEEDS, SERVERS


def main() -> int:
    """Try the servers that the command line names; 1 where a test failed or one was left out."""
    parser = argparse.ArgumentParser(prog="python -m tests.models", description=__doc__)
    choices = ", ".join(SERVERS)
    parser.add_argument("servers", nargs="*", metavar="server", help=f"any of {choices}; else all")
    parser.add_argument(
        "-k", metavar="words", default="", help="the tests to be run, as for pytest"
    )
    arguments = parser.parse_args()
    names = arguments.servers or list(SERVERS)
    if unknown := set(names) - SERVERS.keys():
        parser.error(f"no such server: {', '.join(sorted(unknown))}; there are {choices}")
    left_out = _install(names)
    there = [name for name in names if name not in left_out]
    status = _try(there, arguments.k) if there else 1
    for name, reason in left_out.items():
        _say(f"{name} was left out: {reason}")
    return status or int(bool(left_out))


def _install(names: list[str]) -> dict[str, str]:
    """Return which servers cannot be had, and why."""
    left_out = {}
    for name in names:
        try:
            if needed := NEEDS.get(name):
                needed(_say)
            SERVERS[name].install(_say)
        except NotInstalledError as error:
            left_out[name] = str(error)
    return left_out


def _try(names: list[str], words: str) -> int:
    _say(f"tries {', '.join(names)}")
    command = [sys.executable, "-m", "pytest", "tests/models", "-k", words, "--servers", *names]
    return subprocess.run(command, check=False).returncode


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the program's answer


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

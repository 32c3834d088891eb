"""Finds the programs that the tests start, and installs those that are missing."""

import sys

from tests.support import chromium
from tests.support.packages import find_program, install_packages

MISSING = {
    "nginx": """\
The tests behind a proxy need nginx, and there is none that could be found or installed.
  Debian, Ubuntu  sudo apt-get install nginx
  Fedora          sudo dnf install nginx
  macOS           brew install nginx""",
    "prometheus": """\
The tests of alerts need Prometheus, and there is none that could be found or installed.
  Debian, Ubuntu  sudo apt-get install prometheus
  macOS           brew install prometheus""",
}


def main() -> int:
    """Say what is missing; exit status 1 without a Chromium: most tests need no other program."""
    for name, advice in MISSING.items():
        if find_program(name) is None and (reason := install_packages(name)):
            print(f"{advice}\n({reason})", file=sys.stderr)  # noqa: T201 - it speaks to a terminal
    return chromium.main()


if __name__ == "__main__":
    sys.exit(main())

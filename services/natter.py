"""The `natter` command: the commands of every service that is installed here.

An image has those of its own service; `python -m services.natter` runs them there.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from services.shared.process.command_line import run_command

COMMANDS: Final = {
    "services.realtime": "services.realtime.cli",
    "services.web": "services.web.accounts.cli",
}
"""The module of each service that adds its commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="natter", description="Publish to open pages, follow a group, and manage accounts."
    )
    add_parser = parser.add_subparsers(required=True, metavar="command").add_parser
    for service, commands in COMMANDS.items():
        if find_spec(service) is not None:
            import_module(commands).add_commands(add_parser)
    return run_command(parser, arguments, lambda options: options.run(options))


if __name__ == "__main__":
    sys.exit(main())

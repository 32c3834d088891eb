"""The `natter` command: publish to open pages, follow a group, close sockets."""

from services.realtime.cli.command_line import main

__all__ = ["main"]

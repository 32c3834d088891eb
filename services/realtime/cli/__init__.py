"""The `natter` command: publish to open pages, follow a group, close sockets."""

from services.realtime.cli.command_line import add_commands, main

__all__ = ["add_commands", "main"]

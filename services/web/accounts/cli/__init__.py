"""The commands of accounts: they ask the database, and need no running server."""

from services.web.accounts.cli.command_line import add_commands

__all__ = ["add_commands"]

"""`natter`: what a person or another process does to open pages, from a shell."""

from services.realtime.cli.command_line import main

__all__ = ["main"]

"""`natter publish`: change every open page of a group."""

import argparse
import asyncio
import os
import shlex
import sys
from uuid import uuid4

from services.shared.bus.command_line import SILENT, connected
from services.shared.bus.command_settings import PublisherSettings
from services.shared.bus.errors import PublishError
from services.shared.bus.subjects import Group, turbo_stream_subject
from services.shared.pages.turbo_syntax import (
    TurboStreamError,
    UnknownActionError,
    check_turbo_streams,
)
from services.shared.process.command_line import CommandError, refused, say

PUBLISH_SECONDS = 5.0


def publish(options: argparse.Namespace) -> None:
    """Publish `options.html` to `options.group`, once it has been read to its end."""
    html = _read_html(options.html)
    try:
        check_turbo_streams(html, options.custom_actions)
    except UnknownActionError as error:
        own = f"--custom-action {shlex.quote(error.action)}"
        raise refused(f"{error}; where the page defines it, say so with {own}") from error
    except TurboStreamError as error:
        raise refused(error) from error
    number = asyncio.run(_publish(options.group, html))
    say(f"published to {options.group} as number {number}")


async def _publish(group: Group, html: str) -> int:
    async with connected(PublisherSettings, name="natter-publish") as bus:
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                ack = await bus.publish(turbo_stream_subject(group), html.encode(), uuid4().hex)
        except TimeoutError as error:
            raise CommandError(SILENT) from error
        except PublishError as error:
            raise CommandError(str(error)) from error
    return ack.seq


def _read_html(argument: str) -> str:
    """Return the argument, or standard input for `-`, without the white space around it."""
    # Python keeps bytes that are no text as surrogates in an argument; they come out again here.
    given = sys.stdin.buffer.read() if argument == "-" else os.fsencode(argument)
    try:
        return given.decode().strip()
    except UnicodeDecodeError as error:
        raise refused("the HTML is not UTF-8") from error

"""`natter`: what other processes do to open pages, from a shell."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from uuid import uuid4

import nats.errors
from pydantic import ValidationError

from services.realtime.settings import PublisherSettings
from services.shared.bus import PublishError, open_bus
from services.shared.logging import configure_logging
from services.shared.subjects import Group, GroupNameError, check_group, turbo_stream_subject
from services.shared.turbo import TurboStreamError, check_turbo_streams

CONNECT_SECONDS = 5.0
NO_ADDRESS = (
    "natter: NATS_URL is not set, and no `make run` wrote it down in .natter or NATTER_DATA_DIR"
)
ADDRESS = "nats://publisher:password@127.0.0.1:4222"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 where it failed, or 2 where it was refused."""
    configure_logging("error", "console")
    options = _parser().parse_args(arguments)
    try:
        group = check_group(options.group)
        html = _read_html(options.html)
        check_turbo_streams(html)
        url = PublisherSettings.load().nats_url.get_secret_value()
    except (GroupNameError, TurboStreamError) as error:
        print(f"natter: refused: {error}", file=sys.stderr)
        return 2
    except ValidationError:
        print(NO_ADDRESS, file=sys.stderr)
        return 2
    return asyncio.run(_publish(url, group, html))


async def _publish(url: str, group: Group, html: str) -> int:
    try:
        async with (
            asyncio.timeout(CONNECT_SECONDS),
            open_bus(url, name="natter-publish", patient=False) as bus,
        ):
            ack = await bus.publish(turbo_stream_subject(group), html.encode(), uuid4().hex)
    except TimeoutError:
        print("natter: no answer from NATS: is the stack running?", file=sys.stderr)
        return 1
    except PublishError as error:
        print(f"natter: {error}", file=sys.stderr)
        return 1
    except (nats.errors.Error, ValueError):  # whose text may hold the password
        print(f"natter: NATS_URL is no address such as {ADDRESS}", file=sys.stderr)
        return 2
    print(f"published to {group} as number {ack.seq}")
    return 0


def _read_html(argument: str) -> str:
    """Return the argument, or standard input for `-`, without the white space around it."""
    # Python keeps bytes that are no text as surrogates in an argument; they come out again here.
    given = sys.stdin.buffer.read() if argument == "-" else os.fsencode(argument)
    try:
        return given.decode().strip()
    except UnicodeDecodeError as error:
        raise TurboStreamError("the HTML is not UTF-8") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="natter", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    publish = commands.add_parser("publish", help="change every open page of a group")
    publish.add_argument("group", help="the group's name, such as chat_1")
    publish.add_argument(
        "html", help="one or more <turbo-stream> elements; - reads them from stdin"
    )
    return parser

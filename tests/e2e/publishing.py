"""What a person runs in a shell beside the stack, to publish from outside."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from deploy.local.settings import inherited_environment
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.subjects import chat_group, turbo_stream_subject
from tests.support.local_stack import LocalStack

NATTER = Path(sys.executable).with_name("natter")


@dataclass
class Publisher:
    """A process that is no part of Natter, connected to the bus of a stack."""

    bus: Bus
    chat_id: int
    published: int = 0

    async def lines(self, count: int) -> None:
        """Append `count` more lines to the chat's list, numbered on.

        They have no ids, so that a double shows.
        """
        for _ in range(count):
            await self.stream(
                f'action="append" target="chat-{self.chat_id}-message-list"',
                f'<p class="line">{self.published}</p>',
            )
            self.published += 1

    async def stream(self, attributes: str, content: str = "") -> None:
        """Publish one turbo-stream element to the chat's group."""
        inside = f"<template>{content}</template>" if content else ""
        html = f"<turbo-stream {attributes}>{inside}</turbo-stream>"
        subject = turbo_stream_subject(chat_group(self.chat_id))
        await self.bus.publish(subject, html.encode(), uuid4().hex)


@asynccontextmanager
async def publisher(stack: LocalStack, chat_id: int) -> AsyncIterator[Publisher]:
    """Connect as a program beside the stack does."""
    _, _, url = (stack.data / "publisher.env").read_text().partition("NATS_URL=")
    async with open_bus(url.strip().strip("\"'"), name="beside", patient=False) as bus:
        yield Publisher(bus, chat_id)


async def natter(stack: LocalStack, group: str, html: str) -> tuple[int, str]:
    """Run `natter publish`; its exit status and what it said."""
    return await run_beside(stack, str(NATTER), "publish", group, html)


async def run_beside(stack: LocalStack, program: str, *arguments: str) -> tuple[int, str]:
    """Run a program in the folder that holds the stack's data; its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=stack.data.parent,
        env={"PATH": inherited_environment()["PATH"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()

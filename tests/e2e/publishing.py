"""`natter publish`, as a person in a shell runs it."""

import asyncio
import sys
from pathlib import Path

from deploy.local.settings import inherited_environment
from tests.support.local_stack import LocalStack

NATTER = Path(sys.executable).with_name("natter")


async def natter(stack: LocalStack, group: str, html: str) -> tuple[int, str]:
    """Run `natter publish` beside the stack's data, where it finds the bus by itself."""
    environment = {"PATH": inherited_environment()["PATH"]}
    process = await asyncio.create_subprocess_exec(
        NATTER,
        *("publish", group, html),
        cwd=stack.data.parent,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()

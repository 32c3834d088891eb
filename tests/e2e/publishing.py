"""What a person runs in a shell beside the stack, to publish from outside."""

import asyncio
import sys
from pathlib import Path

from deploy.local.settings import inherited_environment
from tests.support.local_stack import LocalStack

NATTER = Path(sys.executable).with_name("natter")


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

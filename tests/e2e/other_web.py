"""Another version's web and gateway beside a running stack, on its database and its bus."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.faults.service_process import ServiceProcess, running, service
from tests.support.local_stack import LocalStack


@asynccontextmanager
async def other_web(stack: LocalStack, version: Path, folder: Path) -> AsyncIterator[str]:
    """Run both, and give the address of web; what they say goes to logs in `folder`."""
    web = _beside(stack, "web", folder, version)
    gateway = _beside(stack, "realtime", folder, version)
    gateway.environment = {
        **gateway.environment,
        "NATTER_REALTIME_ALLOWED_ORIGINS": json.dumps([web.origin]),
    }
    web.environment = {**web.environment, "NATTER_WEB_REALTIME_URL": f"ws://{gateway.address}"}
    async with running(gateway), running(web):
        yield web.origin


def _beside(stack: LocalStack, name: str, folder: Path, version: Path) -> ServiceProcess:
    process = service(name, {}, folder)
    process.version = version
    variable = f"NATTER_{name.upper()}_PORT"
    process.environment = {**stack.environment_of(name), variable: str(process.port)}
    return process

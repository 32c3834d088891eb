"""The demo endpoint as a process of its own, and what it says of the answers that it wrote."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from tests.faults.service_process import ServiceProcess, running, service
from tests.support.waiting import until

TOKENS_PER_SECOND: Final = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """How many answers the endpoint writes now, has begun, and has lost the client of.

    `closed` is when that happened last, in seconds of the machine's monotonic clock.
    """

    active: int
    started: int
    disconnected: int
    closed: float


@asynccontextmanager
async def running_endpoint(
    folder: Path, settings: Mapping[str, object] | None = None
) -> AsyncIterator[ServiceProcess]:
    """Run the demo endpoint; `settings` are fields of its settings, such as `first_token_ms`."""
    chosen = {
        "tokens_per_second": TOKENS_PER_SECOND,
        "first_token_ms": 0,
        **(settings or {}),
    }
    environment = {f"NATTER_DEMO_{name.upper()}": str(value) for name, value in chosen.items()}
    process = service("demo", environment, folder, ready_path="/health")
    async with running(process):
        yield process


def base_url(endpoint: ServiceProcess) -> str:
    """Return the address under which workers ask it."""
    return f"{endpoint.origin}/v1"


async def counts(endpoint: ServiceProcess) -> Counts:
    """Ask the endpoint what it has done so far."""
    async with httpx2.AsyncClient(base_url=endpoint.origin) as client:
        told = (await client.get("/demo/stats")).json()
    return Counts(
        int(told["active"]),
        int(told["started"]),
        int(told["disconnected"]),
        float(told["closed_at_ms"]) / 1000,
    )


async def until_closed(endpoint: ServiceProcess, before: Counts) -> Counts:
    """Wait until the endpoint has lost one client more than `before`."""

    async def has_lost_one() -> Counts | None:
        now = await counts(endpoint)
        return now if now.disconnected > before.disconnected else None

    now = await until(has_lost_one)
    assert now is not None
    return now

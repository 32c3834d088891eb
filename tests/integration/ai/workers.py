"""Workers of the ai service, and what becomes of a question that they are given."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette

from deploy.local.nats_server import NatsServer
from services.ai.answers.answer_log import AnswerLog
from services.ai.answers.coalescer import Batch
from services.ai.lifespan import lifespan
from services.ai.metrics import AnswerMetrics
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult, Turn
from services.shared.bus.subjects import AI_SUSPECTS, AI_SUSPECTS_CONSUMER
from tests.support.answers import Page, normalized, shown, submit, take_result, until_no_job_is_left
from tests.support.endpoints import ModelServer
from tests.support.rendered import plain
from tests.support.scripted import RawEndpoint, ScriptedEndpoint, running_script
from tests.support.stack import ai_settings
from tests.support.waiting import until

BESIDE_OTHERS = 2
"""Deliveries of a job before it is isolated, of the five that the settings allow."""


@asynccontextmanager
async def working(
    nats: NatsServer, endpoint: ModelServer, **changes: object
) -> AsyncIterator[None]:
    """Run a worker without its HTTP side; leaving the body cancels it at once."""
    async with lifespan(ai_settings(nats, endpoint.base_url, **changes), AnswerMetrics())(
        Starlette()
    ):
        yield


@dataclass(frozen=True, slots=True)
class Workers:
    """A NATS server without a worker; `bus` is web's connection to it."""

    nats: NatsServer
    bus: Bus

    def working(
        self, endpoint: ModelServer, **changes: object
    ) -> AbstractAsyncContextManager[None]:
        """Run a worker of these settings that asks `endpoint`."""
        return working(self.nats, endpoint, **changes)

    @asynccontextmanager
    async def following(
        self, script: RawEndpoint | ScriptedEndpoint, **changes: object
    ) -> AsyncIterator[None]:
        """Run a worker whose endpoint follows `script`."""
        async with running_script(script) as base_url:
            server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
            async with self.working(server, **changes):
                yield

    async def answered(
        self, question: str, *earlier: Turn, message_id: int = 7, **more: Any
    ) -> tuple[AnswerResult, Page]:
        """Have a question answered; return the result, and the page once no job is left."""
        await submit(self.bus, message_id, question, *earlier, **more)
        return await self.ended()

    async def ended(self) -> tuple[AnswerResult, Page]:
        """Wait for the next result; return it, and its page once no job is left."""
        result = await take_result(self.bus)
        await until_no_job_is_left(self.bus)
        return result, await shown(self.bus, result.message_id)


async def leave_half(
    ai_bus: Bus, text: str, *, job: int = 1, run: int = 1, reasoning: str = ""
) -> AnswerLog:
    """Write the log of a worker that died in the middle of message 7."""
    log = AnswerLog(ai_bus, 7, run=run, job=job, attempt="dead")
    await log.begin()
    await log.grow(Batch(text=text, reasoning=reasoning))
    return log


async def interrupted(nats: NatsServer, demo: ModelServer, active: int, times: int) -> None:
    """Let `times` workers begin `active` answers, and die before any has ended."""
    for _ in range(times):
        async with working(nats, demo):
            await until_active(demo, active)
        await until_active(demo, 0)


def fresh(text: str, message_id: int = 7) -> str:
    """Return what a freshly loaded page shows of a text."""
    return normalized(plain(text, id_prefix=f"message_{message_id}"))


async def until_active(demo: ModelServer, count: int) -> None:
    """Wait until the demo endpoint writes exactly `count` answers."""

    async def is_writing() -> bool:
        return (await demo.stats())["active"] == count

    await until(is_writing)


async def until_longer(bus: Bus, length: int) -> None:
    """Wait until more than `length` characters of message 7 are logged."""

    async def is_longer() -> bool:
        logged = await read_answer_log(bus, 7)
        return logged is not None and len(logged.text) > length

    await until(is_longer)


async def until_in_isolation(bus: Bus, in_work: int, waiting: int) -> None:
    """Wait until `in_work` suspects are being done, and `waiting` wait for their turn."""

    async def are_there() -> bool:
        queue = await bus.jetstream.consumer_info(AI_SUSPECTS, AI_SUSPECTS_CONSUMER)
        return (queue.num_ack_pending, queue.num_pending) == (in_work, waiting)

    await until(are_there)

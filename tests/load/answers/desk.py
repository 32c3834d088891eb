"""A process in the place of web: it hands out jobs and takes what the ai service returns."""

import asyncio
import sys
import time
from collections import Counter
from typing import Final

import uvloop

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import AnswerJob, AnswerResult, Turn
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import (
    AI_RESULTS,
    AI_RESULTS_CONSUMER,
    AI_TEXT,
    TURBO_STREAM,
    chat_group,
    job_subject,
)
from services.shared.bus.work_queue import WorkQueue, taking
from tests.load.answering import Answer, Order, answer_orders
from tests.load.answers.text import question

_WAIT_SECONDS: Final = 60.0


async def _main(url: str) -> None:
    async with open_bus(url, name="bench-desk") as bus:
        await declare_streams(bus.jetstream)

        async def carry_out(order: Order) -> Answer:
            return await _carry_out(order, bus)

        await answer_orders(carry_out)


async def _carry_out(order: Order, bus: Bus) -> Answer:
    match order:
        case {"do": "ask", "answers": answers, "words": words, "rate": rate}:
            return {"asked": [await _ask(bus, answer, words, rate) for answer in answers]}
        case {"do": "results", "count": count}:
            # Not for longer: web takes them where it runs.
            async with taking(bus, stream=AI_RESULTS, consumer=AI_RESULTS_CONSUMER) as results:
                return {"ended": await _ended(results, count)}
        case {"do": "stored"}:
            return {name: await _stored(bus, name) for name in (TURBO_STREAM, AI_TEXT)}
        case _:
            raise ValueError(f"no such order: {order}")


async def _stored(bus: Bus, stream: str) -> int:
    """Return how many bytes `stream` holds."""
    return (await bus.jetstream.stream_info(stream)).state.bytes


async def _ask(bus: Bus, answer: int, words: int, rate: int) -> int:
    """Store the job and return the moment before."""
    job = AnswerJob(
        message_id=answer + 1,
        chat_id=answer + 1,
        group=chat_group(answer + 1),
        turns=(Turn(role="user", content=question(answer, words, rate)),),
    )
    before = time.monotonic_ns()
    subject = job_subject(job.message_id)
    await bus.publish(subject, job.model_dump_json().encode(), f"bench-{answer}")
    return before


async def _ended(results: WorkQueue, count: int) -> dict[str, int]:
    """Wait for so many results, as long as there is hope, and count how answers ended."""
    ended: Counter[str] = Counter()
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            while ended.total() < count:
                message = await results.next()
                await message.ack()
                result = AnswerResult.model_validate_json(message.data)
                ended[result.error or result.status] += 1
    except TimeoutError:
        ended["never"] = count - ended.total()
    return dict(ended)


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1]))

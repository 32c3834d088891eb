"""Jobs for the ai service, and what it makes of them: results, and what a page shows."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerJob, AnswerResult, Turn
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_RESULTS,
    AI_RESULTS_CONSUMER,
    AI_SUSPECTS,
    TURBO_STREAM,
    Group,
    check_group,
    job_subject,
    turbo_stream_subject,
)
from tests.support.document import Document
from tests.support.elements import Element, parse
from tests.support.rendered import without_colours
from tests.support.waiting import DEADLINE_SECONDS, until

GROUP = check_group("chat_1")
PARTS = ("thinking", "done", "tail", "footer")


@dataclass(slots=True)
class Page:
    """What an open page shows of one message, after each Turbo Stream in turn.

    HTML is written with the attributes in alphabetical order, as `normalized` does, and but for
    `coloured` without the colours of code, any of which may come too late.
    """

    message_id: int
    reloads: int = 0
    statuses: list[str] = field(default_factory=list)
    document: Document = field(init=False)

    def __post_init__(self) -> None:
        parts = "".join(f'<div id="{self._name}_{part}"></div>' for part in PARTS)
        self.document = Document.of(f'<main><article id="{self._name}">{parts}</article></main>')

    def apply(self, payload: bytes) -> None:
        """Apply a publication, as Turbo would; fail where it holds anything else."""
        streams = self.document.apply(payload.decode())
        for stream in streams:
            self.reloads += stream.attributes["action"] == "refresh"
            if stream.attributes.get("target") in (self._name, f"{self._name}_footer"):
                self.statuses.append(self._element("footer").attributes["data-status"])

    @property
    def status(self) -> str:
        """The message's status, by its footer."""
        return self.statuses[-1] if self.statuses else "queued"

    @property
    def done(self) -> str:
        """The finished part of the text."""
        return without_colours(self._element("done").inner_html())

    @property
    def coloured(self) -> str:
        """The finished part of the text, with the colours that its code has."""
        return self._element("done").inner_html()

    @property
    def tail(self) -> str:
        """The open end."""
        return self._element("tail").inner_html()

    @property
    def thoughts(self) -> str:
        """The reasoning, as far as there is one."""
        return without_colours(self.document.html_of(f"{self._name}_reasoning_done"))

    @property
    def footer(self) -> str:
        """The footer's HTML."""
        return self._element("footer").html()

    @property
    def error(self) -> str | None:
        """The sentence that says why the answer failed."""
        for element in self._element("footer").tree():
            if element.attributes.get("class") == "message__error":
                return element.text()
        return None

    @property
    def _name(self) -> str:
        return f"message_{self.message_id}"

    def _element(self, part: str) -> Element:
        return self.document.by_id[f"{self._name}_{part}"]


def normalized(html: str) -> str:
    """Write HTML as a `Page` does."""
    return parse(html).inner_html()


async def submit(
    bus: Bus,
    message_id: int,
    question: str,
    *earlier: Turn,
    group: Group = GROUP,
    **more: Any,
) -> AnswerJob:
    """Publish the job to answer `question` as message `message_id`, as web does."""
    turns = (*earlier, Turn(role="user", content=question))
    chat_id = int(group.rpartition("_")[2])
    job = AnswerJob(message_id=message_id, chat_id=chat_id, group=group, turns=turns, **more)
    await bus.publish(job_subject(message_id), job.model_dump_json().encode(), uuid4().hex)
    return job


async def take_results(bus: Bus, count: int) -> dict[int, AnswerResult]:
    """Take `count` results from the queue, as web does; fail where one comes twice."""
    queue = await bus.jetstream.pull_subscribe_bind(consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS)
    results: dict[int, AnswerResult] = {}
    while len(results) < count:
        (message,) = await queue.fetch(1, timeout=DEADLINE_SECONDS)
        result = AnswerResult.model_validate_json(message.data)
        assert result.message_id not in results
        results[result.message_id] = result
        await message.ack_sync(timeout=DEADLINE_SECONDS)
    await queue.unsubscribe()
    return results


async def take_result(bus: Bus) -> AnswerResult:
    """Take the next result from the queue."""
    (result,) = (await take_results(bus, 1)).values()
    return result


async def until_no_job_is_left(bus: Bus) -> None:
    """Wait until every job has been acknowledged."""

    async def is_empty() -> bool:
        queues = [await bus.jetstream.stream_info(name) for name in (AI_JOBS, AI_SUSPECTS)]
        return not any(queue.state.messages for queue in queues)

    await until(is_empty)


async def publications(bus: Bus, group: Group = GROUP) -> list[bytes]:
    """Return everything that was published to `group`, in order."""
    reader = await bus.jetstream.pull_subscribe(
        turbo_stream_subject(group),
        stream=TURBO_STREAM,
        config=ConsumerConfig(ack_policy=AckPolicy.NONE),
    )
    waiting = (await reader.consumer_info()).num_pending or 0
    messages: list[Msg] = []
    while len(messages) < waiting:
        messages += await reader.fetch(min(waiting - len(messages), 100), timeout=DEADLINE_SECONDS)
    await reader.unsubscribe()
    return [message.data for message in messages]


async def shown(bus: Bus, message_id: int, group: Group = GROUP) -> Page:
    """Show a page everything that was published of one message, from the first to the last."""
    page = Page(message_id)
    for payload in await publications(bus, group):
        page.apply(payload)
    return page

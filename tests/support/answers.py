"""Jobs for the ai service, and what it makes of them: results, and what a page shows."""

import re
from dataclasses import dataclass, field
from uuid import uuid4

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from services.shared.bus import Bus
from services.shared.messages import AnswerJob, AnswerResult, Turn
from services.shared.subjects import (
    AI_JOBS,
    AI_RESULTS,
    AI_RESULTS_CONSUMER,
    TURBO_STREAM,
    Group,
    check_group,
    job_subject,
    turbo_stream_subject,
)
from tests.support.waiting import until

GROUP = check_group("chat_1")

_STREAM = re.compile(
    r'<turbo-stream action="(?P<action>\w+)"(?: target="(?P<target>\w+)")?(?: method="morph")?>'
    r"(?:<template>(?P<content>.*?)</template>)?</turbo-stream>",
    re.DOTALL,
)
_MESSAGE = re.compile(
    r'<article id="message_(?P<id>\d+)" class="[^"]*" data-status="(?P<status>\w+)"[^>]*>.*'
    r'<div id="message_(?P=id)_done"[^>]*>(?P<done>.*)</div>'
    r'<div id="message_(?P=id)_tail"[^>]*>(?P<tail>.*?)</div>'
    r'(?:<p class="message__error">(?P<error>.*)</p>)?</article>',
    re.DOTALL,
)


@dataclass(slots=True)
class Page:
    """What an open page shows of one message, after each Turbo Stream in turn."""

    message_id: int
    status: str = "queued"
    done: str = ""
    tail: str = ""
    error: str | None = None
    reloads: int = 0
    statuses: list[str] = field(default_factory=list)

    def apply(self, payload: bytes) -> None:
        """Apply a publication, as Turbo would; fail where it holds anything else."""
        html = payload.decode()
        assert _STREAM.sub("", html) == "", f"more than elements: {html[:200]!r}"
        for stream in _STREAM.finditer(html):
            self._apply(stream["action"], stream["target"], stream["content"] or "")

    def _apply(self, action: str, target: str | None, content: str) -> None:
        element = f"message_{self.message_id}"
        match action, target:
            case "append", _ if target == f"{element}_done":
                self.done += content
            case "update", _ if target == f"{element}_tail":
                self.tail = content
            case "replace", _ if target == element:
                self._replace(content)
            case "refresh", None:
                self.reloads += 1
            case _:
                raise AssertionError(f"{action} of {target} is not expected")

    def _replace(self, content: str) -> None:
        shown = _MESSAGE.fullmatch(content)
        assert shown is not None, content[:300]
        self.status, self.done, self.tail = shown["status"], shown["done"], shown["tail"]
        self.error = shown["error"]
        self.statuses.append(self.status)


async def submit(
    bus: Bus, message_id: int, question: str, *earlier: Turn, group: Group = GROUP
) -> AnswerJob:
    """Publish the job to answer `question` as message `message_id`, as web does."""
    turns = (*earlier, Turn(role="user", content=question))
    job = AnswerJob(message_id=message_id, group=group, turns=turns)
    await bus.publish(job_subject(message_id), job.model_dump_json().encode(), uuid4().hex)
    return job


async def take_results(bus: Bus, count: int) -> dict[int, AnswerResult]:
    """Take `count` results from the queue, as web does; fail where one comes twice."""
    queue = await bus.jetstream.pull_subscribe_bind(consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS)
    results: dict[int, AnswerResult] = {}
    while len(results) < count:
        (message,) = await queue.fetch(1, timeout=30)
        result = AnswerResult.model_validate_json(message.data)
        assert result.message_id not in results
        results[result.message_id] = result
        await message.ack_sync()
    await queue.unsubscribe()
    return results


async def take_result(bus: Bus) -> AnswerResult:
    """Take the next result from the queue."""
    (result,) = (await take_results(bus, 1)).values()
    return result


async def until_no_job_is_left(bus: Bus) -> None:
    """Wait until every job has been acknowledged."""

    async def is_empty() -> bool:
        return (await bus.jetstream.stream_info(AI_JOBS)).state.messages == 0

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
        messages += await reader.fetch(min(waiting - len(messages), 100), timeout=5)
    await reader.unsubscribe()
    return [message.data for message in messages]


async def shown(bus: Bus, message_id: int, group: Group = GROUP) -> Page:
    """Show a page everything that was published of one message, from the first to the last."""
    page = Page(message_id)
    about = re.compile(rb'target="message_%d["_]|action="refresh"' % message_id)
    for payload in await publications(bus, group):
        if about.search(payload):
            page.apply(payload)
    return page

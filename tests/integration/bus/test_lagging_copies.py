"""A replica that lags, and a former leader: neither is trusted."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from nats.aio.msg import Msg

from services.shared.bus import leader_lease
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.errors import BusAwayError, OvertakenError
from services.shared.bus.messages import AnswerLogEntry
from services.shared.bus.publishing import nothing_to_assure
from services.shared.bus.stored_messages import each_of, read_all, read_last, read_one
from services.shared.bus.subjects import AI_TEXT, text_subject
from services.shared.process.tasks import background
from tests.integration.bus.test_bus import until_connected
from tests.support.lagging_stream import LaggingStream, lagging
from tests.support.nats import until_read
from tests.support.waiting import DEADLINE_SECONDS, passed, until

SUBJECT, OTHER = text_subject(7), text_subject(8)


@pytest_asyncio.fixture
async def played() -> AsyncIterator[tuple[Bus, LaggingStream]]:
    async with lagging(AI_TEXT) as (bus, stream):
        yield bus, stream


type Played = tuple[Bus, LaggingStream]


async def test_what_a_replica_lacks_is_read_from_the_leader(played: Played) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")
    stream.store(OTHER, b"other")
    stream.store(SUBJECT, b"2", b"3", b"4")
    for stream.copied in range(6):
        stored = await read_all(bus, AI_TEXT, SUBJECT)
        assert [message.payload for message in stored] == [b"1", b"2", b"3", b"4"]
        assert [message.sequence for message in stored] == [1, 3, 4, 5]


async def test_a_single_message_is_read_from_the_leader_only(played: Played) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1", b"2")
    last, one = await read_last(bus, AI_TEXT, SUBJECT), await read_one(bus, AI_TEXT, 2)
    assert last is not None
    assert last == one
    assert (last.sequence, last.subject, last.payload) == (2, SUBJECT, b"2")
    assert [each.payload async for each in each_of(bus, AI_TEXT, SUBJECT)] == [b"1", b"2"]
    assert stream.asked["copy"] == 0


async def test_a_log_is_whole_although_the_replica_has_only_its_beginning(played: Played) -> None:
    bus, stream = played
    for offset, text in enumerate("abcd"):
        entry = AnswerLogEntry(run=1, job=1, offset=offset, reasoning_offset=0, text=text)
        stream.store(SUBJECT, entry.model_dump_json().encode())
    stream.copied = 2
    logged = await read_answer_log(bus, 7)
    assert logged is not None
    assert (logged.text, logged.sequence) == ("abcd", 4)


async def test_a_leader_that_was_deposed_is_asked_again(played: Played) -> None:
    """The first answers on a connection prove nothing about what its server did before."""
    bus, stream = played
    stream.store(SUBJECT, b"1", b"2")
    stream.copied, stream.deposed = 1, 1
    found = await read_last(bus, AI_TEXT, SUBJECT)
    assert found is not None
    assert found.payload == b"2"
    assert stream.asked["leader"] == 2


async def test_a_server_that_answers_steadily_is_asked_once(played: Played) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")

    async def has_beaten() -> bool:
        return stream.asked["info"] >= 2

    async with background(lease=bus.lease.run):
        await until(has_beaten)
        for _ in range(5):
            assert await _questions_of_a_read(played) == 1


async def _questions_of_a_read(played: Played) -> int:
    """Read the last message; return how often its leader was asked for it."""
    bus, stream = played
    before = stream.asked["leader"]
    await read_last(bus, AI_TEXT, SUBJECT)
    return stream.asked["leader"] - before


async def test_a_server_that_was_silent_for_long_is_asked_again(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")
    monkeypatch.setattr(leader_lease, "SILENCE_SECONDS", 0.6)
    await read_last(bus, AI_TEXT, SUBJECT)
    await passed(0.7)
    assert await _questions_of_a_read(played) >= 2


async def test_how_long_a_server_was_silent_counts_from_what_it_was_asked(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been suspended before it answered."""
    bus, _ = played
    monkeypatch.setattr(leader_lease, "SILENCE_SECONDS", 0.6)
    pauses = iter((0.7, 0.0, 0.0))
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        await passed(next(pauses, 0.0))

    await bus.lease.held(nothing_to_assure)
    await bus.lease.held(ask)
    assert asked >= 3


async def test_what_another_server_has_answered_proves_nothing(played: Played) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")
    await read_last(bus, AI_TEXT, SUBJECT)
    await bus.client.force_reconnect()
    await until_connected(bus)
    assert await _questions_of_a_read(played) >= 2


async def test_however_often_a_steady_server_is_asked_each_question_is_asked_once(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")
    monkeypatch.setattr(leader_lease, "SILENCE_SECONDS", DEADLINE_SECONDS)
    await read_last(bus, AI_TEXT, SUBJECT)
    for _ in range(3 * leader_lease.PROOFS):
        assert await _questions_of_a_read(played) == 1


async def test_a_single_server_need_not_be_steady_until_there_may_be_others(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")
    monkeypatch.setattr(leader_lease, "UNSURE_SECONDS", 0.0)
    monkeypatch.setattr(leader_lease, "SILENCE_SECONDS", 0.0)
    stream.replicas = 1
    await read_last(bus, AI_TEXT, SUBJECT)
    stream.replicas = None
    before = stream.asked["info"]

    async def has_asked_in_vain() -> bool:
        return stream.asked["info"] > before + 1

    async with background(lease=bus.lease.run):
        await until(has_asked_in_vain)
    stream.replicas = 3
    with pytest.raises(BusAwayError):
        await read_last(bus, AI_TEXT, SUBJECT)


async def test_a_server_that_is_never_steady_is_given_up(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, stream = played
    stream.store(SUBJECT, b"1")
    monkeypatch.setattr(leader_lease, "UNSURE_SECONDS", 0.0)
    monkeypatch.setattr(leader_lease, "SILENCE_SECONDS", 0.0)
    with pytest.raises(BusAwayError):
        await read_last(bus, AI_TEXT, SUBJECT)


@pytest.mark.parametrize("number", [3, 4])
async def test_a_refusal_that_names_an_older_message_is_ignored(
    played: Played, number: int
) -> None:
    """The writer has stored number 4: a server that names 3 as the newest does not know it yet."""
    bus, stream = played
    answers = [
        b'{"error": {"err_code": 10071, "description": "wrong last sequence: %d"}}' % number,
        b'{"stream": "AI_TEXT", "seq": 5}',
    ]

    async def answer(message: Msg) -> None:
        await message.respond(answers.pop(0))

    await stream.client.subscribe(SUBJECT, cb=answer)
    await until_read(stream.client)
    if number == 3:
        assert (await bus.publish_after(4, SUBJECT, b"x", "id")).seq == 5
    else:
        with pytest.raises(OvertakenError) as raised:
            await bus.publish_after(4, SUBJECT, b"x", "id")
        assert raised.value.newest == 4

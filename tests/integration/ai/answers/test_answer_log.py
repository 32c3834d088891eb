"""The log of a growing answer: what is written is read back, and only its newest writer writes."""

import pytest

from services.ai.answers import answer_log
from services.ai.answers.answer_log import AnswerLog, FencedError
from services.ai.answers.coalescer import Batch
from services.shared.bus.answer_log import LoggedAnswer, read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult
from services.shared.bus.stored_messages import read_all, read_last
from services.shared.bus.subjects import AI_TEXT, text_subject

MESSAGE = 7


def _log(bus: Bus, attempt: str = "1-1", sequence: int = 0, job: int = 1) -> AnswerLog:
    return AnswerLog(bus, MESSAGE, run=1, job=job, attempt=attempt, sequence=sequence)


async def _read(bus: Bus) -> LoggedAnswer:
    logged = await read_answer_log(bus, MESSAGE)
    assert logged is not None
    return logged


async def test_a_log_that_was_not_begun_is_none(web_bus: Bus) -> None:
    assert await read_answer_log(web_bus, MESSAGE) is None


async def test_what_is_appended_is_read_back(web_bus: Bus, ai_bus: Bus) -> None:
    log = _log(ai_bus)
    await log.begin()
    await log.grow(Batch(reasoning="Let me see."))
    await log.grow(Batch(text="Grüße, ", reasoning_seconds=1.5))
    await log.grow(Batch(text='"世界" 🌍\n'))
    logged = await _read(web_bus)
    assert (logged.text, logged.reasoning) == ('Grüße, "世界" 🌍\n', "Let me see.")
    assert (logged.reasoning_seconds, logged.run, logged.job) == (1.5, 1, 1)
    assert logged.sequence == log.sequence
    assert logged.result is None


async def test_it_is_known_what_pages_had(web_bus: Bus, ai_bus: Bus) -> None:
    log = _log(ai_bus)
    await log.begin()
    log.shown = 10
    await log.grow(Batch(text="one "))
    assert (await _read(web_bus)).as_shown().text == ""
    log.shown = 11
    await log.grow(Batch(text="two "))
    logged = await _read(web_bus)
    assert (logged.shown, logged.as_shown().text, logged.text) == (11, "one ", "one two ")


async def test_a_successor_begins_with_everything_and_has_shown_nothing(
    web_bus: Bus, ai_bus: Bus
) -> None:
    first = _log(ai_bus)
    await first.begin()
    first.shown = 10
    await first.grow(Batch(text="one "))
    logged = await _read(web_bus)
    second = _log(ai_bus, "1-2", logged.sequence)
    second.text.add(logged.text)
    await second.begin()
    logged = await _read(web_bus)
    assert (logged.text, logged.shown) == ("one ", None)
    assert logged.as_shown() == logged
    assert len(await read_all(web_bus, AI_TEXT, text_subject(MESSAGE))) == 1


async def test_an_overtaken_writer_writes_nothing_more(web_bus: Bus, ai_bus: Bus) -> None:
    first = _log(ai_bus)
    await first.begin()
    await first.grow(Batch(text="one "))
    second = _log(ai_bus, "1-2", first.sequence)
    second.text.add("one ")
    await second.begin()
    with pytest.raises(FencedError):
        await first.grow(Batch(text="TWO"))
    with pytest.raises(FencedError):
        await first.begin()
    await second.grow(Batch(text="two"))
    assert (await _read(web_bus)).text == "one two"


async def test_an_entry_whose_ack_was_lost_is_taken_for_stored(web_bus: Bus, ai_bus: Bus) -> None:
    first_try, second_try = _log(ai_bus), _log(ai_bus)
    await first_try.begin()
    await second_try.begin()
    assert second_try.sequence == first_try.sequence
    await second_try.grow(Batch(text="one"))
    assert (await _read(web_bus)).text == "one"


async def test_the_log_stays_short_however_many_pieces_come(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_log, "ENTRIES_BETWEEN_WHOLE", 8)
    log = _log(ai_bus)
    await log.begin()
    for number in range(50):
        log.shown = number + 1
        await log.grow(Batch(text=f"{number} ", reasoning="x"))
        assert len(await read_all(web_bus, AI_TEXT, text_subject(MESSAGE))) <= 10
    logged = await _read(web_bus)
    assert logged.text == "".join(f"{number} " for number in range(50))
    assert logged.as_shown().text == "".join(f"{number} " for number in range(49))
    assert logged.reasoning == "x" * 50


async def test_the_log_stays_short_though_a_long_text_hardly_grows(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_log, "ENTRIES_BETWEEN_WHOLE", 2)
    monkeypatch.setattr(answer_log, "MOST_ENTRIES", 8)
    log = _log(ai_bus)
    log.text.add("x" * 10_000)
    await log.begin()
    for _ in range(20):
        await log.grow(Batch(text="y"))
        assert len(await read_all(web_bus, AI_TEXT, text_subject(MESSAGE))) <= 10
    assert (await _read(web_bus)).text == "x" * 10_000 + "y" * 20


async def test_the_longest_answer_fits_into_one_entry(web_bus: Bus, ai_bus: Bus) -> None:
    log = _log(ai_bus)
    log.text.add("\N{EARTH GLOBE EUROPE-AFRICA}" * 200_000)
    log.reasoning.add("\N{EARTH GLOBE EUROPE-AFRICA}" * 50_000)
    await log.begin()
    logged = await _read(web_bus)
    assert (len(logged.text), len(logged.reasoning)) == (200_000, 50_000)


async def test_the_end_has_the_result_without_its_texts(web_bus: Bus, ai_bus: Bus) -> None:
    log = _log(ai_bus)
    await log.begin()
    await log.grow(Batch(text="All."))
    result = AnswerResult(message_id=MESSAGE, run=1, status="complete", text="All.")
    await log.end(result)
    logged = await _read(web_bus)
    assert logged.text == "All."
    assert logged.result == result.model_copy(update={"text": ""})
    last = await read_last(web_bus, AI_TEXT, text_subject(MESSAGE))
    assert last is not None
    assert b"All." not in last.payload


async def test_a_confirming_entry_changes_nothing(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between a piece and its publication: pages do not have the piece yet."""
    monkeypatch.setattr(answer_log, "DOUBT_SECONDS", 0)
    log = _log(ai_bus)
    await log.begin()
    log.shown = 10
    await log.grow(Batch(text="one "))
    log.shown = 11
    await log.grow(Batch(text="two "))
    for has_ended in (False, True):
        if has_ended:
            ended = AnswerResult(message_id=MESSAGE, run=1, status="complete", text="one two ")
            await log.end(ended)
        before = await _read(web_bus)
        await log.assure()
        after = await _read(web_bus)
        assert after.sequence == log.sequence == before.sequence + 1
        assert (after.text, after.result) == (before.text, before.result)
        assert (after.shown, after.as_shown().text) == (before.shown, before.as_shown().text)

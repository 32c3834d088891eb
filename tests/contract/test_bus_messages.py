"""What the services wrote in earlier versions, and will add in later ones, must be read."""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from services.shared.bus.endpoint_details import LONGEST_TOLD, EndpointDetails
from services.shared.bus.messages import (
    AnswerJob,
    AnswerLogEntry,
    AnswerResult,
    BusMessage,
    Job,
    Result,
    Revocation,
    Stop,
    TitleJob,
    TitleResult,
    Turn,
    Versions,
)

RECORDINGS = Path(__file__).parent / "recordings"
KINDS: dict[str, type[BusMessage]] = {
    "answer_job": AnswerJob,
    "answer_job_continued": AnswerJob,
    "answer_result_complete": AnswerResult,
    "answer_result_failed": AnswerResult,
    "answer_result_stopped": AnswerResult,
    "revocation": Revocation,
    "revocation_of_a_group": Revocation,
    "stop": Stop,
    "text_log_end": AnswerLogEntry,
    "text_log_piece": AnswerLogEntry,
    "text_log_whole": AnswerLogEntry,
    "title_job": TitleJob,
    "title_result": TitleResult,
    "title_result_none": TitleResult,
}
JOB: TypeAdapter[AnswerJob | TitleJob] = TypeAdapter(Job)
RESULT: TypeAdapter[AnswerResult | TitleResult] = TypeAdapter(Result)


def recorded(name: str) -> dict[str, object]:
    fields = json.loads((RECORDINGS / f"{name}.json").read_bytes())
    assert isinstance(fields, dict)
    return fields


@pytest.mark.parametrize("name", KINDS)
def test_a_recording_is_read_and_written_unchanged(name: str) -> None:
    message = KINDS[name].model_validate_json((RECORDINGS / f"{name}.json").read_bytes())
    assert json.loads(message.model_dump_json()) == recorded(name)


def test_every_recording_is_of_a_known_kind() -> None:
    assert {path.stem for path in RECORDINGS.glob("*.json")} == set(KINDS)


def test_the_recorded_job_says_what_it_said() -> None:
    job = AnswerJob.model_validate(recorded("answer_job"))
    assert (job.version, job.message_id, job.group) == (1, 42, "chat_7")
    assert [turn.role for turn in job.turns] == ["user", "assistant", "user"]
    assert job.turns[1] == Turn(role="assistant", content="4")
    assert (job.run, job.begun, job.versions) == (1, "", Versions())


def test_the_recorded_job_that_continues_says_what_it_said() -> None:
    job = AnswerJob.model_validate(recorded("answer_job_continued"))
    assert (job.run, job.begun, job.connection, job.model) == (
        3,
        "Vier, denn ",
        "local",
        "llama3.2",
    )
    assert job.versions == Versions(number=2, total=3, previous=40, next=44)
    assert job.left_out == 12


def test_a_result_from_before_details_is_read() -> None:
    fields = recorded("answer_result_failed")
    del fields["details"]
    assert AnswerResult.model_validate(fields).details is None


def test_an_error_class_and_details_of_a_newer_service_are_read() -> None:
    """Web shows them as far as it knows them, and stores the class for the day that it does."""
    newer = {"error": "gone_fishing", "details": {"said": "x" * 5000 + "\x00", "bait": ["worm"]}}
    result = AnswerResult.model_validate_json(json.dumps(recorded("answer_result_failed") | newer))
    assert result.error == "gone_fishing"
    assert result.details is not None
    assert result.details.said == "x" * LONGEST_TOLD


@pytest.mark.parametrize("details", ["none", ["said"], 7])
def test_details_that_are_none_cost_no_answer(details: object) -> None:
    fields = recorded("answer_result_failed") | {"details": details}
    assert AnswerResult.model_validate_json(json.dumps(fields)).details is None


@pytest.mark.parametrize("odd", [None, ["x"], {"x": 1}, 7, True, 1.5])
def test_a_detail_of_another_type_costs_no_answer(odd: object) -> None:
    names = ("connection", "model", "address", "suggestion", "tool", "said")
    details = dict.fromkeys(names, odd) | {"status": "NA"}
    fields = recorded("answer_result_failed") | {"details": details}
    result = AnswerResult.model_validate_json(json.dumps(fields))
    assert result.details == EndpointDetails()


@pytest.mark.parametrize("status", ["404", None, True, 404.5, [404]])
def test_a_status_that_is_no_whole_number_is_not_known(status: object) -> None:
    fields = recorded("answer_result_failed") | {"details": {"status": status, "said": "No."}}
    result = AnswerResult.model_validate_json(json.dumps(fields))
    assert result.details == EndpointDetails(said="No.")


def test_an_error_class_may_have_a_digit() -> None:
    fields = recorded("answer_result_failed") | {"error": "http2_lost"}
    assert AnswerResult.model_validate(fields).error == "http2_lost"


def test_a_job_from_before_turns_were_counted_is_read() -> None:
    fields = recorded("answer_job")
    del fields["left_out"]
    assert AnswerJob.model_validate(fields).left_out == 0


@pytest.mark.parametrize("name", [name for name in KINDS if KINDS[name] is not Revocation])
def test_what_a_newer_service_adds_is_passed_over(name: str) -> None:
    """Web and ai are not upgraded in the same moment."""
    newer = recorded(name) | {"mood": "good", "cites": [{"page": 7}]}
    message = KINDS[name].model_validate_json(json.dumps(newer))
    assert json.loads(message.model_dump_json()) == recorded(name)


def test_what_a_newer_service_adds_within_a_job_is_passed_over() -> None:
    turn, versions = {"role": "user", "content": "Hello"}, {"number": 2, "total": 3}
    newer = {"turns": [turn | {"name": "Ann"}], "versions": versions | {"newest": 9}}
    job = AnswerJob.model_validate_json(json.dumps(recorded("answer_job") | newer))
    assert job.turns == (Turn(role="user", content="Hello"),)
    assert job.versions == Versions(number=2, total=3)


@pytest.mark.parametrize("name", KINDS)
def test_jobs_and_results_tell_their_kind_themselves(name: str) -> None:
    payload = (RECORDINGS / f"{name}.json").read_bytes()
    for adapter, kinds in ((JOB, (AnswerJob, TitleJob)), (RESULT, (AnswerResult, TitleResult))):
        if issubclass(KINDS[name], kinds):
            assert type(adapter.validate_json(payload)) is KINDS[name]
        else:
            with pytest.raises(ValidationError):
                adapter.validate_json(payload)


@pytest.mark.parametrize("name", KINDS)
def test_a_refusal_does_not_quote_what_it_refuses(name: str) -> None:
    """It ends in a log, and what is refused may be somebody's chat."""
    changed = {field: {"secret": "word"} for field in recorded(name)}
    for payload in (json.dumps(changed), '{"secret": "word'):
        with pytest.raises(ValidationError) as refused:
            KINDS[name].model_validate_json(payload)
        assert "word" not in f"{refused.value} {refused.value!r}"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (name, change)
        for name in KINDS
        for change in (
            {"version": 2},
            {"version": "1"},
            {"message_id": 0},
            {"message_id": "x"},
            {"chat_id": 0},
            {"run": -1},
            {"kind": "song"},
        )
        if change.keys() <= recorded(name).keys()
    ],
    ids=str,
)
def test_another_version_or_meaning_is_refused(name: str, change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KINDS[name].model_validate_json(json.dumps(recorded(name) | change))


@pytest.mark.parametrize(
    "change",
    [
        {"group": "chat_*"},
        {"group": "chat_7.>"},
        {"group": ""},
        {"base_path": "//evil.example"},
        {"base_path": "https://evil.example"},
        {"turns": []},
        {"turns": [{"role": "king", "content": "Hear!"}]},
        {"turns": [{"role": "user", "content": None}]},
        {"run": 0},
        {"left_out": -1},
        {"begun": None},
        {"versions": {"number": 0}},
    ],
    ids=str,
)
def test_a_job_that_could_do_harm_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnswerJob.model_validate_json(json.dumps(recorded("answer_job") | change))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "queued"},
        {"error": "So tired!"},
        {"error": 7},
        {"error": "x" * 65},
        {"text": None},
        {"retry_at": "soon"},
        {"retry_at": "2026-11-22T20:15:07"},
    ],
    ids=str,
)
def test_a_result_outside_the_agreed_words_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnswerResult.model_validate_json(json.dumps(recorded("answer_result_failed") | change))


@pytest.mark.parametrize(
    "change",
    [{"offset": -1}, {"offset": None}, {"job": 0}, {"run": 0}, {"shown": 0}, {"left_out": -1}],
    ids=str,
)
def test_a_log_entry_that_fits_nowhere_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnswerLogEntry.model_validate_json(json.dumps(recorded("text_log_piece") | change))


@pytest.mark.parametrize("name", ["text_log_whole", "text_log_piece", "text_log_end"])
def test_a_log_entry_says_the_same_without_what_goes_without_saying(name: str) -> None:
    entry = AnswerLogEntry.model_validate(recorded(name))
    written = entry.model_dump_json(exclude_defaults=True)
    assert len(written) < len(entry.model_dump_json())
    assert AnswerLogEntry.model_validate_json(written) == entry


@pytest.mark.parametrize("change", [{"run": 0}, {"message_id": None}], ids=str)
def test_a_stop_names_a_run_of_a_message(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Stop.model_validate_json(json.dumps(recorded("stop") | change))


def test_the_recorded_revocation_says_what_it_said() -> None:
    revocation = Revocation.model_validate(recorded("revocation"))
    assert (revocation.user, revocation.group, revocation.come_back) == ("1", "chat_7", False)
    assert revocation.at == 1795341600.25
    assert Revocation.model_validate(recorded("revocation_of_a_group")).user is None


@pytest.mark.parametrize(
    "change",
    [
        {"user": None, "group": None},
        {"user": ""},
        {"user": "a b"},
        {"user": "x" * 129},
        {"user": 1},
        {"group": "chat_*"},
        {"group": ">"},
        {"at": -1},
        {"at": "soon"},
        {"at": None},
        {"come_back": "perhaps"},
        {"comeback": True},
        {"usr": "1"},
    ],
    ids=str,
)
def test_a_revocation_that_could_do_harm_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Revocation.model_validate_json(json.dumps(recorded("revocation") | change))


@pytest.mark.parametrize("at", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_revocation_has_a_time(at: str) -> None:
    with pytest.raises(ValidationError):
        Revocation.model_validate_json(f'{{"user": "1", "at": {at}}}')


def test_a_message_cannot_be_changed_once_read() -> None:
    result = AnswerResult.model_validate(recorded("answer_result_complete"))
    with pytest.raises(ValidationError):
        setattr(result, "status", "failed")  # noqa: B010 - mypy forbids the plain assignment too

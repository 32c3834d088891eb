"""Messages of earlier and later versions are read; invalid ones are refused."""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from services.shared.bus.answer_errors import LONGEST_TOLD, EndpointDetails
from services.shared.bus.messages import (
    AnswerJob,
    AnswerLogEntry,
    AnswerResult,
    BusMessage,
    Catalogue,
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
    "catalogue": Catalogue,
    "revocation": Revocation,
    "revocation_of_a_group": Revocation,
    "revocation_to_renew": Revocation,
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


# Values of single fields that are refused.
REFUSED: dict[str, dict[str, list[object]]] = {
    "answer_job": {
        "group": ["chat_*", "chat_7.>", ""],
        "base_path": ["//evil.example", "https://evil.example"],
        "turns": [[], [{"role": "king", "content": "Hear!"}], [{"role": "user", "content": None}]],
        "run": [0],
        "left_out": [-1],
        "begun": [None],
        "versions": [{"number": 0}],
        "temperature": ["warm", float("nan")],
        "top_p": [float("inf")],
        "max_tokens": [0, 1.5],
    },
    "catalogue": {
        "default": [None],
        "connections": [None, [{"name": ""}], [{"name": "a", "left_out": -1}]],
    },
    "answer_result_failed": {
        "status": ["queued"],
        "error": ["So tired!", 7, "x" * 65],
        "text": [None],
        "retry_at": ["soon", "2026-11-22T20:15:07"],
    },
    "text_log_piece": {
        "offset": [-1, None],
        "job": [0],
        "run": [0],
        "shown": [0],
        "left_out": [-1],
    },
    "stop": {"run": [0], "message_id": [None]},
    "revocation": {
        "user": ["", "a b", "x" * 129, 1],
        "group": ["chat_*", ">"],
        "at": [-1, "soon", None, float("nan"), float("inf"), float("-inf")],
        "come_back": ["perhaps"],
        "renew": ["perhaps", None],
        "comeback": [True],
        "usr": ["1"],
    },
}
# Refused by every message that has these fields.
ALWAYS_REFUSED: dict[str, list[object]] = {
    "version": [2, "1"],
    "message_id": [0, "x"],
    "chat_id": [0],
    "run": [-1],
    "kind": ["song"],
}


def recorded(name: str) -> dict[str, object]:
    fields = json.loads((RECORDINGS / f"{name}.json").read_bytes())
    assert isinstance(fields, dict)
    return fields


def read(name: str, **changes: object) -> BusMessage:
    """Read a recording with these changes, as JSON."""
    return KINDS[name].model_validate_json(json.dumps(recorded(name) | changes))


def refusal(name: str, changes: dict[str, object]) -> str:
    """Return why a recording with these changes is refused; empty if it is read."""
    try:
        read(name, **changes)
    except ValidationError as refused:
        return f"{refused} {refused!r}"
    return ""


def test_every_recording_is_read_and_written_unchanged() -> None:
    assert {path.stem for path in RECORDINGS.glob("*.json")} == set(KINDS)
    for name in KINDS:
        assert json.loads(read(name).model_dump_json()) == recorded(name)


def test_a_result_from_before_details_is_read() -> None:
    fields = recorded("answer_result_failed")
    del fields["details"]
    assert AnswerResult.model_validate(fields).details is None


def test_an_error_class_and_details_of_a_newer_service_are_read() -> None:
    """Web shows what it knows, and stores the class for a later version."""
    newer = {"error": "gone_fishing", "details": {"said": "x" * 5000 + "\x00", "bait": ["worm"]}}
    result = AnswerResult.model_validate_json(json.dumps(recorded("answer_result_failed") | newer))
    assert result.error == "gone_fishing"
    assert result.details is not None
    assert result.details.said == "x" * LONGEST_TOLD


def test_malformed_details_do_not_cost_the_answer() -> None:
    names = ("connection", "model", "address", "suggestion", "tool", "said")
    cases: list[tuple[object, EndpointDetails | None]] = [
        *((details, None) for details in ("none", ["said"], 7)),
        *(
            (dict.fromkeys(names, odd) | {"status": "NA"}, EndpointDetails())
            for odd in (None, ["x"], {"x": 1}, 7, True, 1.5)
        ),
        *(
            ({"status": status, "said": "No."}, EndpointDetails(said="No."))
            for status in ("404", None, True, 404.5, [404])
        ),
    ]
    for details, expected in cases:
        result = read("answer_result_failed", details=details)
        assert isinstance(result, AnswerResult)
        assert result.details == expected, details


def test_an_error_class_may_have_a_digit() -> None:
    fields = recorded("answer_result_failed") | {"error": "http2_lost"}
    assert AnswerResult.model_validate(fields).error == "http2_lost"


def test_a_job_from_before_turns_were_counted_is_read() -> None:
    fields = recorded("answer_job")
    del fields["left_out"]
    assert AnswerJob.model_validate(fields).left_out == 0


def test_fields_of_a_newer_service_are_ignored() -> None:
    """Web and ai are not upgraded at the same moment."""
    for name in (name for name, kind in KINDS.items() if kind is not Revocation):
        message = read(name, mood="good", cites=[{"page": 7}])
        assert json.loads(message.model_dump_json()) == recorded(name), name


def test_fields_of_a_newer_service_inside_a_job_are_ignored() -> None:
    turn, versions = {"role": "user", "content": "Hello"}, {"number": 2, "total": 3}
    newer = {"turns": [turn | {"name": "Ann"}], "versions": versions | {"newest": 9}}
    job = AnswerJob.model_validate_json(json.dumps(recorded("answer_job") | newer))
    assert job.turns == (Turn(role="user", content="Hello"),)
    assert job.versions == Versions(number=2, total=3)


def test_jobs_and_results_name_their_kind() -> None:
    for name, kind in KINDS.items():
        payload = (RECORDINGS / f"{name}.json").read_bytes()
        for adapter, kinds in ((JOB, (AnswerJob, TitleJob)), (RESULT, (AnswerResult, TitleResult))):
            if issubclass(kind, kinds):
                assert type(adapter.validate_json(payload)) is kind
            else:
                with pytest.raises(ValidationError):
                    adapter.validate_json(payload)


def test_an_error_quotes_no_input() -> None:
    """It is logged, and the input may be somebody's chat."""
    for name, kind in KINDS.items():
        secret = refusal(name, {field: {"secret": "word"} for field in recorded(name)})
        assert secret, name
        assert "word" not in secret, name
        with pytest.raises(ValidationError) as refused:
            kind.model_validate_json('{"secret": "word')
        assert "word" not in f"{refused.value} {refused.value!r}", name


def test_invalid_values_are_refused() -> None:
    for name in KINDS:
        always = {field: ALWAYS_REFUSED.get(field, []) for field in recorded(name)}
        for fields in (REFUSED.get(name, {}), always):
            for field, values in fields.items():
                accepted = [value for value in values if not refusal(name, {field: value})]
                assert accepted == [], (name, field)
    assert refusal("revocation", {"user": None, "group": None})
    assert refusal("revocation_to_renew", {"come_back": True})


def test_a_log_entry_is_the_same_without_its_defaults() -> None:
    for name in ("text_log_whole", "text_log_piece", "text_log_end"):
        entry = read(name)
        written = entry.model_dump_json(exclude_defaults=True)
        assert len(written) < len(entry.model_dump_json())
        assert AnswerLogEntry.model_validate_json(written) == entry


def test_a_message_cannot_be_changed_once_read() -> None:
    result = AnswerResult.model_validate(recorded("answer_result_complete"))
    with pytest.raises(ValidationError):
        setattr(result, "status", "failed")  # noqa: B010 - mypy forbids the plain assignment too

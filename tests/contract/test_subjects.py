"""The names on the bus: outside processes and the permissions in nats.conf depend on them."""

from services.shared.bus import subjects
from services.shared.bus.streams import CONSUMERS, STREAMS

GROUP = subjects.check_group("chat_7")

NAMES = [
    (subjects.chat_group(7), "chat_7"),
    (subjects.turbo_stream_subject(GROUP), "turbo_stream.chat_7"),
    (subjects.live_turbo_stream_subject(GROUP), "live.turbo_stream.chat_7"),
    (subjects.job_subject(42), "ai.jobs.42"),
    (subjects.result_subject(42), "ai.results.42"),
    (subjects.title_job_subject(7), "ai.jobs.title-7"),
    (subjects.title_result_subject(7), "ai.results.title-7"),
    (subjects.text_subject(42), "ai.text.42"),
    (subjects.stop_subject(42), "ai.stop.42"),
    (subjects.stop_key_subject(42), "$KV.ai_stops.42"),
    (subjects.parked_subject("ai.jobs.title-7"), "ai.parked.title-7"),
    (subjects.suspect_subject("ai.jobs.title-7", 12), "ai.suspects.12.title-7"),
    (subjects.parked_subject("ai.suspects.12.title-7"), "ai.parked.title-7"),
    (subjects.AI_SUSPECTS, "AI_SUSPECTS"),
    (subjects.AI_SUSPECTS_CONSUMER, "ai"),
    (subjects.direct_get_subject("AI_TEXT"), "$JS.API.DIRECT.GET.AI_TEXT"),
    (subjects.leader_get_subject("AI_TEXT"), "$JS.API.STREAM.MSG.GET.AI_TEXT"),
    (subjects.AI_TEXT, "AI_TEXT"),
    (subjects.AI_PARKED, "AI_PARKED"),
    (subjects.AI_STOPS, "KV_ai_stops"),
    (subjects.AI_MODELS, "KV_ai_models"),
    (subjects.CATALOGUE_SUBJECT, "$KV.ai_models.catalogue"),
    (subjects.TURBO_STREAM, "TURBO_STREAM"),
    (subjects.AI_JOBS, "AI_JOBS"),
    (subjects.AI_RESULTS, "AI_RESULTS"),
    (subjects.AI_JOBS_CONSUMER, "ai"),
    (subjects.AI_RESULTS_CONSUMER, "web"),
    (subjects.TURBO_STREAM_INFO_SUBJECT, "$JS.API.STREAM.INFO.TURBO_STREAM"),
    (subjects.TURBO_STREAM_GET_SUBJECT, "$JS.API.DIRECT.GET.TURBO_STREAM"),
    (subjects.CONTROL, "CONTROL"),
    (subjects.CONTROL_SUBJECTS, "control.*"),
    (subjects.REVOKE_SUBJECT, "control.revoke"),
]


def test_names_on_the_bus_stay_as_they_are() -> None:
    assert [name for name, _ in NAMES] == [expected for _, expected in NAMES]


def test_each_stream_takes_the_subjects_of_the_table() -> None:
    assert {stream.name: stream.subjects for stream in STREAMS} == {
        "TURBO_STREAM": ["turbo_stream.*"],
        "CONTROL": ["control.*"],
        "AI_JOBS": ["ai.jobs.*"],
        "AI_SUSPECTS": ["ai.suspects.*.*"],
        "AI_RESULTS": ["ai.results.*"],
        "AI_TEXT": ["ai.text.*"],
        "AI_PARKED": ["ai.parked.*"],
        "KV_ai_stops": ["$KV.ai_stops.*"],
        "KV_ai_models": ["$KV.ai_models.*"],
    }


def test_what_is_stored_is_republished_for_the_gateways() -> None:
    (republish,) = [stream.republish for stream in STREAMS if stream.republish]
    assert (republish.src, republish.dest) == (
        "turbo_stream.*",
        "live.turbo_stream.{{wildcard(1)}}",
    )


def test_each_work_queue_has_one_consumer() -> None:
    taken = [(stream, consumer.durable_name) for stream, consumer in CONSUMERS]
    assert taken == [("AI_JOBS", "ai"), ("AI_SUSPECTS", "ai"), ("AI_RESULTS", "web")]


def test_the_number_of_a_job_is_read_from_the_subject_of_a_suspect() -> None:
    assert subjects.suspected_job("ai.suspects.12.title-7") == 12
    assert subjects.suspected_job("ai.jobs.12") is None

"""Every subject, stream and consumer of the bus by name; nothing else may spell one out."""

import re
from typing import NewType

Group = NewType("Group", str)
"""A checked group name: one subject token such as `chat_7`."""

TURBO_STREAM = "TURBO_STREAM"
TURBO_STREAM_SUBJECTS = "turbo_stream.*"
LIVE_TURBO_STREAM_SUBJECTS = "live.turbo_stream.*"
# The same, as a republish rule writes it: what `*` stood for goes in the same place.
REPUBLISHED = LIVE_TURBO_STREAM_SUBJECTS.replace("*", "{{wildcard(1)}}")
TURBO_STREAM_INFO_SUBJECT = f"$JS.API.STREAM.INFO.{TURBO_STREAM}"
TURBO_STREAM_GET_SUBJECT = f"$JS.API.DIRECT.GET.{TURBO_STREAM}"

CONTROL_SUBJECTS = "control.*"
REVOKE_SUBJECT = CONTROL_SUBJECTS.replace("*", "revoke")

AI_JOBS = "AI_JOBS"
AI_JOBS_SUBJECTS = "ai.jobs.*"
AI_JOBS_CONSUMER = "ai"

# The job's number in AI_JOBS, and the last token of its subject there.
AI_SUSPECTS = "AI_SUSPECTS"
AI_SUSPECTS_SUBJECTS = "ai.suspects.*.*"
AI_SUSPECTS_CONSUMER = "ai"

AI_TEXT = "AI_TEXT"
AI_TEXT_SUBJECTS = "ai.text.*"

AI_RESULTS = "AI_RESULTS"
AI_RESULTS_SUBJECTS = "ai.results.*"
AI_RESULTS_CONSUMER = "web"

AI_PARKED = "AI_PARKED"
AI_PARKED_SUBJECTS = "ai.parked.*"

# A key-value bucket is a stream by another name (NATS ADR-8).
AI_STOPS = "KV_ai_stops"
AI_STOPS_SUBJECTS = "$KV.ai_stops.*"
STOP_SUBJECTS = "ai.stop.*"

# A stream that is made to see whether one can be, on the subject of that name.
TRIAL = "NATTER_TRIAL"

_GROUP = re.compile(r"[a-z][a-z0-9]*_[A-Za-z0-9-]{1,64}")


class GroupNameError(ValueError):
    """A text that may not become part of a subject."""


def check_group(name: str) -> Group:
    """Return `name` as a group, or raise `GroupNameError`.

    A subject is made of tokens between dots, where `*` and `>` are wildcards (NATS, "Subject-Based
    Messaging"): an unchecked name would read every chat. So this is an allow-list.
    """
    if _GROUP.fullmatch(name) is None:
        raise GroupNameError(
            "a group is a lower-case word, an underscore and up to 64 letters, digits or hyphens,"
            " such as chat_7"
        )
    return Group(name)


def chat_group(chat_id: int) -> Group:
    """Name the group of everybody who looks at a chat."""
    return check_group(f"chat_{chat_id}")


def turbo_stream_subject(group: Group) -> str:
    """Name the subject on which Turbo Streams for `group` are published."""
    return TURBO_STREAM_SUBJECTS.replace("*", group)


def live_turbo_stream_subject(group: Group) -> str:
    """Name the subject on which the stored Turbo Streams of `group` come out again."""
    return LIVE_TURBO_STREAM_SUBJECTS.replace("*", group)


def job_subject(message_id: int) -> str:
    """Name the subject of the job that answers with message `message_id`."""
    return AI_JOBS_SUBJECTS.replace("*", str(message_id))


def title_job_subject(chat_id: int) -> str:
    """Name the subject of the job that finds a title for chat `chat_id`."""
    return AI_JOBS_SUBJECTS.replace("*", f"title-{chat_id}")


def text_subject(message_id: int) -> str:
    """Name the subject of the log in which message `message_id` grows."""
    return AI_TEXT_SUBJECTS.replace("*", str(message_id))


def hand_back_subject(stream: str, name: str) -> str:
    """Name the subject that says how often a job, stored as `name` in `stream`, was handed back."""
    return AI_TEXT_SUBJECTS.replace("*", f"hand-back-{stream}-{name}")


def result_subject(message_id: int) -> str:
    """Name the subject of the result that ends message `message_id`."""
    return AI_RESULTS_SUBJECTS.replace("*", str(message_id))


def title_result_subject(chat_id: int) -> str:
    """Name the subject of the title that was found for chat `chat_id`."""
    return AI_RESULTS_SUBJECTS.replace("*", f"title-{chat_id}")


def stop_key_subject(message_id: int) -> str:
    """Name the subject that keeps, for a week, that message `message_id` is to stop."""
    return AI_STOPS_SUBJECTS.replace("*", str(message_id))


def stop_subject(message_id: int) -> str:
    """Name the subject on which the worker hears at once that message `message_id` is to stop."""
    return STOP_SUBJECTS.replace("*", str(message_id))


def suspect_subject(subject: str, job: int) -> str:
    """Name the subject on which job number `job`, which came on `subject`, waits to be alone."""
    token = subject.rpartition(".")[2]
    return AI_SUSPECTS_SUBJECTS.replace("*", str(job), 1).replace("*", token)


def suspected_job(subject: str) -> int | None:
    """Read the number of a job from such a subject; None where it came on another."""
    head, job, _ = subject.rsplit(".", 2)
    return int(job) if head == AI_SUSPECTS_SUBJECTS.removesuffix(".*.*") else None


def parked_subject(subject: str) -> str:
    """Name the subject on which a job that came on `subject` is parked."""
    return AI_PARKED_SUBJECTS.replace("*", subject.rpartition(".")[2])


def direct_get_subject(stream: str) -> str:
    """Name the subject on which any copy of `stream` is read out (NATS ADR-31)."""
    return f"$JS.API.DIRECT.GET.{stream}"


def leader_get_subject(stream: str) -> str:
    """Name the subject on which the leader of `stream` reads out one message (NATS ADR-31)."""
    return f"$JS.API.STREAM.MSG.GET.{stream}"


def snapshot_subject(stream: str) -> str:
    """Name the subject on which the server is asked for a snapshot of `stream`."""
    return f"$JS.API.STREAM.SNAPSHOT.{stream}"


def restore_subject(stream: str) -> str:
    """Name the subject on which the server is told that a snapshot of `stream` will follow."""
    return f"$JS.API.STREAM.RESTORE.{stream}"

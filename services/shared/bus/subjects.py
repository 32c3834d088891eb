"""Every subject, stream and consumer of the bus by name; no other module spells one out.

A constant that ends with `_SUBJECTS` is a pattern: each `*` stands for one token. The functions
below it fill the pattern in.
"""

import re
from typing import Final, NewType

Group = NewType("Group", str)
"""A checked group name: one subject token such as `chat_7`."""

_GROUP: Final = re.compile(r"[a-z][a-z0-9]*_[A-Za-z0-9-]{1,64}")


class GroupNameError(ValueError):
    """A text that must not become part of a subject."""


def check_group(name: str) -> Group:
    """Return `name` as a group, or raise `GroupNameError`.

    A subject is made of tokens between dots, where `*` and `>` are wildcards (NATS, "Subject-Based
    Messaging"). An unchecked name could read every chat, so this is an allow-list.
    """
    if _GROUP.fullmatch(name) is None:
        raise GroupNameError(
            "a group is a lower-case word, an underscore and up to 64 letters, digits or hyphens,"
            " such as chat_7"
        )
    return Group(name)


def chat_group(chat_id: int) -> Group:
    """Name the group of all open pages of a chat."""
    return check_group(f"chat_{chat_id}")


def account_group(account_id: int) -> Group:
    """Name the group of all open pages of an account."""
    return check_group(f"account_{account_id}")


def _fill(pattern: str, *tokens: str | int) -> str:
    """Put one token in the place of each `*`."""
    for token in tokens:
        pattern = pattern.replace("*", str(token), 1)
    return pattern


# Turbo Streams for the pages of a group. The stream republishes what it has stored.

TURBO_STREAM: Final = "TURBO_STREAM"
TURBO_STREAM_SUBJECTS: Final = "turbo_stream.*"
LIVE_TURBO_STREAM_SUBJECTS: Final = "live.turbo_stream.*"
# The same in a republish rule: the token of the source goes into the same place.
REPUBLISHED: Final = _fill(LIVE_TURBO_STREAM_SUBJECTS, "{{wildcard(1)}}")


def turbo_stream_subject(group: Group) -> str:
    """Name the subject on which Turbo Streams for `group` are published."""
    return _fill(TURBO_STREAM_SUBJECTS, group)


def live_turbo_stream_subject(group: Group) -> str:
    """Name the subject on which the stored Turbo Streams of `group` are republished."""
    return _fill(LIVE_TURBO_STREAM_SUBJECTS, group)


# Orders to the gateways: sent at once, and stored for gateways that were not listening.

CONTROL: Final = "CONTROL"
CONTROL_SUBJECTS: Final = "control.*"
REVOKE_SUBJECT: Final = _fill(CONTROL_SUBJECTS, "revoke")

# Jobs for ai: answers and titles.

AI_JOBS: Final = "AI_JOBS"
AI_JOBS_SUBJECTS: Final = "ai.jobs.*"
AI_JOBS_CONSUMER: Final = "ai"


def job_subject(message_id: int) -> str:
    """Name the subject of the job that writes message `message_id`."""
    return _fill(AI_JOBS_SUBJECTS, message_id)


def title_job_subject(chat_id: int) -> str:
    """Name the subject of the job that finds a title for chat `chat_id`."""
    return _fill(AI_JOBS_SUBJECTS, f"title-{chat_id}")


# Jobs during which workers have died: the job's number in AI_JOBS, the last token of its subject.

AI_SUSPECTS: Final = "AI_SUSPECTS"
AI_SUSPECTS_SUBJECTS: Final = "ai.suspects.*.*"
AI_SUSPECTS_CONSUMER: Final = "ai"


def suspect_subject(subject: str, job: int) -> str:
    """Name the subject on which job number `job`, from `subject`, waits to run alone."""
    return _fill(AI_SUSPECTS_SUBJECTS, job, subject.rpartition(".")[2])


def job_of_suspect(subject: str) -> str | None:
    """Return the subject from which a job in `AI_SUSPECTS` came; None for any other subject."""
    is_suspect = subject.startswith(AI_SUSPECTS_SUBJECTS.removesuffix("*.*"))
    return _fill(AI_JOBS_SUBJECTS, subject.rpartition(".")[2]) if is_suspect else None


def suspected_job(subject: str) -> int | None:
    """Read the job's number from a subject of `AI_SUSPECTS`; None for any other subject."""
    head, job, _ = subject.rsplit(".", 2)
    return int(job) if head == AI_SUSPECTS_SUBJECTS.removesuffix(".*.*") else None


# Jobs that were given up.

AI_PARKED: Final = "AI_PARKED"
AI_PARKED_SUBJECTS: Final = "ai.parked.*"


def parked_subject(subject: str) -> str:
    """Name the subject on which a job from `subject` is parked."""
    return _fill(AI_PARKED_SUBJECTS, subject.rpartition(".")[2])


# The log of each growing answer, and how often a job was handed back.

AI_TEXT: Final = "AI_TEXT"
AI_TEXT_SUBJECTS: Final = "ai.text.*"


def text_subject(message_id: int) -> str:
    """Name the subject of the log in which message `message_id` grows."""
    return _fill(AI_TEXT_SUBJECTS, message_id)


def hand_back_subject(stream: str, name: str) -> str:
    """Name the subject that counts how often the job `name` of `stream` was handed back."""
    return _fill(AI_TEXT_SUBJECTS, f"hand-back-{stream}-{name}")


# Results of jobs, for web.

AI_RESULTS: Final = "AI_RESULTS"
AI_RESULTS_SUBJECTS: Final = "ai.results.*"
AI_RESULTS_CONSUMER: Final = "web"


def result_subject(message_id: int) -> str:
    """Name the subject of the result that ends message `message_id`."""
    return _fill(AI_RESULTS_SUBJECTS, message_id)


def title_result_subject(chat_id: int) -> str:
    """Name the subject of the title that was found for chat `chat_id`."""
    return _fill(AI_RESULTS_SUBJECTS, f"title-{chat_id}")


# Answers to stop: stored for a week, and sent at once. A key-value bucket is a stream (NATS ADR-8).

AI_STOPS: Final = "KV_ai_stops"
AI_STOPS_SUBJECTS: Final = "$KV.ai_stops.*"
STOP_SUBJECTS: Final = "ai.stop.*"


def stop_key_subject(message_id: int) -> str:
    """Name the subject that stores the stop of message `message_id`."""
    return _fill(AI_STOPS_SUBJECTS, message_id)


def stop_subject(message_id: int) -> str:
    """Name the subject on which workers get the stop of message `message_id` at once."""
    return _fill(STOP_SUBJECTS, message_id)


# The models that chats can choose from: one key, which every worker of ai keeps up to date.

AI_MODELS: Final = "KV_ai_models"
AI_MODELS_SUBJECTS: Final = "$KV.ai_models.*"
CATALOGUE_SUBJECT: Final = _fill(AI_MODELS_SUBJECTS, "catalogue")


# JetStream's own API (NATS ADR-31 for the reads), and a stream that is made only as a test.

TRIAL: Final = "NATTER_TRIAL"
TURBO_STREAM_INFO_SUBJECT: Final = f"$JS.API.STREAM.INFO.{TURBO_STREAM}"


def direct_get_subject(stream: str) -> str:
    """Name the subject on which any replica of `stream` answers reads."""
    return f"$JS.API.DIRECT.GET.{stream}"


def leader_get_subject(stream: str) -> str:
    """Name the subject on which the leader of `stream` reads one message."""
    return f"$JS.API.STREAM.MSG.GET.{stream}"


def snapshot_subject(stream: str) -> str:
    """Name the subject that requests a snapshot of `stream`."""
    return f"$JS.API.STREAM.SNAPSHOT.{stream}"


def restore_subject(stream: str) -> str:
    """Name the subject that begins the restore of `stream` from a snapshot."""
    return f"$JS.API.STREAM.RESTORE.{stream}"


TURBO_STREAM_GET_SUBJECT: Final = direct_get_subject(TURBO_STREAM)

"""Group names: nothing with a meaning in NATS or in a URL is allowed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.bus.subjects import (
    GroupNameError,
    chat_group,
    check_group,
    live_turbo_stream_subject,
    turbo_stream_subject,
)

VALID = r"[a-z][a-z0-9]*_[A-Za-z0-9-]{1,64}"


@given(st.from_regex(re.compile(VALID, re.ASCII), fullmatch=True))
def test_a_group_becomes_one_token_of_its_subjects(name: str) -> None:
    group = check_group(name)
    assert group == name
    assert turbo_stream_subject(group).split(".") == ["turbo_stream", name]
    assert live_turbo_stream_subject(group).split(".") == ["live", "turbo_stream", name]


@given(st.text())
def test_any_other_name_is_refused(name: str) -> None:
    if re.fullmatch(VALID, name, re.ASCII):
        return
    with pytest.raises(GroupNameError, match="such as chat_7"):
        check_group(name)


@given(
    st.from_regex(re.compile(VALID, re.ASCII), fullmatch=True),
    st.sampled_from(list("*>. \t\r\n\x00%/\\$\u0661\uff11é")),
    st.integers(0, 80),
)
def test_one_wrong_character_anywhere_is_enough(name: str, wrong: str, place: int) -> None:
    with pytest.raises(GroupNameError):
        check_group(name[:place] + wrong + name[place:])


@given(st.integers(min_value=0, max_value=2**63))
def test_every_chat_has_a_group(chat: int) -> None:
    assert chat_group(chat) == f"chat_{chat}"

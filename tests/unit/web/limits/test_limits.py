"""Which limits hold on a server."""

import pytest

from services.web.limits.model import Limits, Rate
from services.web.settings import WebSettings
from tests.support.tokens import STREAM_KEYS


def settings(**changes: object) -> WebSettings:
    fields = {"database_url": "postgresql://", "nats_url": "nats://h", "stream_keys": STREAM_KEYS}
    return WebSettings.model_validate({**fields, **changes})


def test_several_people_share_a_server_by_default_limits() -> None:
    assert Limits.of(settings()) == Limits(
        messages=Rate(20, 60),
        chats=Rate(200, 3600),
        tokens_per_day=None,
        answers_waiting=100,
        answers_at_once=3,
    )
    assert Limits.of(settings(messages_per_minute=0, answers_waiting=0)).messages is None


def test_one_persons_own_server_has_the_limits_that_are_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Limits.of(settings(single_user=True)) == Limits()
    monkeypatch.setenv("NATTER_WEB_ANSWERS_AT_ONCE", "3")
    assert Limits.of(settings(single_user=True)) == Limits(answers_at_once=3)

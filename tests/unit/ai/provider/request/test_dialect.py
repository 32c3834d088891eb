"""What is learned of asking a model from its refusals."""

from dataclasses import replace

from services.ai.provider.ask import Ask
from services.ai.provider.refusals.refusal import Refusal
from services.ai.provider.request.dialect import Dialect, Request
from services.shared.bus.messages import Turn
from tests.support.provider import settings_for

ASK = Ask(turns=(Turn(role="user", content="Hello"),), max_tokens=50)
REFUSED = Refusal(status=400, said="Unsupported parameter: max_tokens")


def written(dialect: Dialect) -> Request:
    return dialect.write(ASK, "m", settings_for("http://127.0.0.1:1/v1"), ())


def test_requests_that_are_refused_at_once_for_the_same_are_one_lesson() -> None:
    dialect = Dialect()
    for request in [written(dialect) for _ in range(3)]:
        assert dialect.learn(request, REFUSED)
    assert written(dialect).members["max_completion_tokens"] == 50


def test_a_refusal_for_another_reason_teaches_nothing() -> None:
    dialect = Dialect()
    for status in (401, 413, 429, 503):
        assert not dialect.learn(written(dialect), replace(REFUSED, status=status))
    assert written(dialect).members["max_tokens"] == 50

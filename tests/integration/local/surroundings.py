"""An environment without anything that steers Natter, for this process and for its children."""

import pytest

from deploy.local.settings import inherited_environment

STEERING = ("NATTER_", "OPENAI_", "DATABASE_URL", "NATS_URL", "PG", "NO_COLOR")


def neutral_environment() -> dict[str, str]:
    environment = inherited_environment().items()
    return {name: value for name, value in environment if not name.startswith(STEERING)}


def steer(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    for name in inherited_environment():
        if name.startswith(STEERING):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

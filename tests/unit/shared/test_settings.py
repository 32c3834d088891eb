"""Settings: every fault named at once, in the words of the environment, and no secret shown."""

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.ai.settings import AiSettings
from services.realtime.settings import RealtimeSettings
from services.shared.settings import ServiceSettings, unknown_names, variable_name


class PartSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="NATTER_PART_")

    port: int = Field(9000, ge=0, le=65535)
    size: int = Field(3, ge=1)
    hosts: tuple[str, ...] = ()
    password: SecretStr = Field(validation_alias="PART_PASSWORD")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NATTER_LOG_LEVEL", "NATTER_LOG_FORMAT", "NATS_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PART_PASSWORD", "hunter2-secret")


def complaint(settings: type[ServiceSettings]) -> str:
    with pytest.raises(SystemExit) as ended:
        settings.load()
    return str(ended.value)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATTER_PART_PORT", "9001")
    monkeypatch.setenv("NATTER_PART_HOSTS", '["a", "b"]')
    monkeypatch.setenv("NATTER_LOG_FORMAT", "json")
    settings = PartSettings.load()
    assert (settings.port, settings.size, settings.hosts) == (9001, 3, ("a", "b"))
    assert (settings.host, settings.log_format) == ("127.0.0.1", "json")
    assert settings.password.get_secret_value() == "hunter2-secret"


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATTER_PART_PORT", "70000")
    monkeypatch.setenv("NATTER_PART_SIZE", "many")
    monkeypatch.setenv("NATTER_PART_SISE", "5")
    monkeypatch.setenv("NATTER_LOG_LEVEL", "loud")
    monkeypatch.delenv("PART_PASSWORD")
    first, *faults = complaint(PartSettings).splitlines()
    assert first == "The settings are wrong:"
    assert sorted(fault.split(":")[0].strip() for fault in faults) == [
        "NATTER_LOG_LEVEL",
        "NATTER_PART_PORT",
        "NATTER_PART_SISE",
        "NATTER_PART_SIZE",
        "PART_PASSWORD",
    ]


def test_a_misspelt_variable_is_refused_even_if_all_else_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NATTER_PART_PROT", "9001")
    assert complaint(PartSettings).endswith("NATTER_PART_PROT: no such setting")


def test_a_variable_of_another_part_is_nobody_elses_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NATTER_OTHER_PORT", "x")
    monkeypatch.setenv("NATTER_PARTY", "x")
    assert unknown_names(PartSettings) == set()


def test_a_list_that_is_no_json_is_named_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATTER_PART_HOSTS", "http://127.0.0.1")
    monkeypatch.setenv("NATTER_PART_PROT", "9001")
    said = complaint(PartSettings)
    assert "hosts" in said.lower()
    assert "JSON" in said
    assert "NATTER_PART_PROT" in said


def test_no_secret_is_shown_in_a_repr_or_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in repr(PartSettings.load())
    assert "hunter2" not in str(PartSettings.load().model_dump())
    monkeypatch.setenv("NATTER_PART_SIZE", "hunter2-in-the-wrong-place")
    assert "hunter2" not in complaint(PartSettings)


def test_settings_cannot_be_changed() -> None:
    settings = PartSettings.load()
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings, "port", 1)  # noqa: B010 - mypy forbids the plain assignment too


def test_the_ai_service_wants_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://ai:secret@127.0.0.1:4222")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    said = complaint(AiSettings)
    assert "set OPENAI_API_KEY, or OPENAI_BASE_URL, or both" in said
    assert "secret" not in said


def test_a_variable_is_named_by_its_alias_or_its_prefix() -> None:
    assert variable_name(RealtimeSettings, "nats_url") == "NATS_URL"
    assert variable_name(RealtimeSettings, "max_unsent_bytes") == (
        "NATTER_REALTIME_MAX_UNSENT_BYTES"
    )

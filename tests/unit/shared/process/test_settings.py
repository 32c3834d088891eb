"""Settings: all faults at once, by the names of variables, and without secrets."""

import runpy
import sys

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.ai.settings import AiSettings
from services.demo.settings import DemoSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.settings import ServiceSettings, unknown_names, variable_name
from services.web.settings import WebSettings
from tests.support.settings_tables import SETTINGS, variables

NATS = "nats://x:y@127.0.0.1:4222"
SECRET = "hunter2-secret"
LOCAL = '"base_url": "http://127.0.0.1:1/v1"'
DEMO = "http://demo:8003/v1"


class PartSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="NATTER_PART_")

    port: int = Field(9000, ge=0, le=65535)
    size: int = Field(3, ge=1)
    hosts: tuple[str, ...] = ()
    password: SecretStr = Field(validation_alias="PART_PASSWORD")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _ in variables(SETTINGS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PART_PASSWORD", SECRET)


def complaint(settings: type[ServiceSettings], **environment: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
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


def test_all_faults_are_named_at_once_misspelt_variables_included(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert complaint(PartSettings, NATTER_PART_PROT="1").endswith(
        "NATTER_PART_PROT: no such setting"
    )
    monkeypatch.delenv("PART_PASSWORD")
    first, *faults = complaint(
        PartSettings,
        NATTER_PART_PORT="70000",
        NATTER_PART_SIZE="many",
        NATTER_PART_SISE="5",
        NATTER_LOG_LEVEL="loud",
    ).splitlines()
    assert first == "The settings are wrong:"
    names = "NATTER_LOG_LEVEL NATTER_PART_PORT NATTER_PART_SISE NATTER_PART_SIZE PART_PASSWORD"
    assert sorted(fault.split(":")[0].strip() for fault in faults) == names.split()


def test_variables_of_other_prefixes_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATTER_OTHER_PORT", "x")
    monkeypatch.setenv("NATTER_PARTY", "x")
    assert unknown_names(PartSettings) == set()


def test_a_list_that_is_not_json_is_named_beside_the_other_faults() -> None:
    said = complaint(PartSettings, NATTER_PART_HOSTS="http://127.0.0.1", NATTER_PART_PROT="1")
    assert "NATTER_PART_HOSTS: must be JSON" in said
    assert "NATTER_PART_PROT" in said


def test_settings_are_frozen_and_show_no_secret() -> None:
    settings = PartSettings.load()
    assert SECRET not in f"{settings} {settings!r} {settings.model_dump()}"
    assert SECRET not in complaint(PartSettings, NATTER_PART_SIZE=SECRET)
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings, "port", 1)  # noqa: B010 - mypy forbids the plain assignment too


def test_the_ai_service_needs_an_endpoint() -> None:
    said = complaint(AiSettings, NATS_URL="nats://ai:secret@127.0.0.1:4222")
    assert "set OPENAI_API_KEY, or OPENAI_BASE_URL, or both" in said
    assert "secret" not in said


WRONG_CONNECTIONS = [
    (f'{{"local": {{"bas_url": "{SECRET}"}}}}', "local: there is no `bas_url`: did you mean"),
    (f'{{"local": {{"url": "{SECRET}"}}}}', "local: there is no `url`"),
    (f'{{"local": {{"colour": "{SECRET}"}}}}', "there are base_url, api_key, model"),
    (f'{{"local": {{"{SECRET}": 1}}}}', "local: has a member whose name there is not"),
    (f'{{"local": {{"base_url": "//{SECRET}"}}}}', "local.base_url: must be an http or https"),
    ('{"local": {"base_url": "localhost:1/v1"}}', "such as http://127.0.0.1:11434/v1"),
    (f'{{"local": {{{LOCAL}, "api_key": 7}}}}', "local.api_key: must be a string"),
    (f'{{"local": {{{LOCAL}, "api_key": "{SECRET} é"}}}}', "local.api_key: must be printable"),
    (f'{{"local": {{{LOCAL}, "temperature": "{SECRET}"}}}}', "local.temperature: must be a"),
    (f'{{"local": {{{LOCAL}, "takeover": "{SECRET}"}}}}', "local.takeover: must be 'auto'"),
    (f'{{"local": "{SECRET}"}}', "local: must be a JSON object"),
    (f'["{SECRET}"]', "NATTER_AI_CONNECTIONS: must be a JSON object"),
    (f'{{"local": {SECRET}}}', "NATTER_AI_CONNECTIONS: must be JSON: Expecting value at char"),
    ('{"local": {}}', "NATTER_AI_CONNECTIONS: set `model` of local"),
    (f'{{"a": {{{LOCAL}}}, "b": {{{LOCAL}}}}}', "NATTER_AI_DEFAULT_CONNECTION must name one of"),
    ("{}", "name endpoints in NATTER_AI_CONNECTIONS"),
    (f'{{"{SECRET}": "x"}}', "NATTER_AI_CONNECTIONS, ***: must be a JSON object"),
    (f'{{"local": {{"headers": {{"{SECRET}": 5}}}}}}', "local.headers.***: must be a string"),
    (f'{{"{SECRET}": {{}}}}', "NATTER_AI_CONNECTIONS: set `model` of ***"),
    (f'{{"{SECRET}": {{{LOCAL}}}, "b-2": {{{LOCAL}}}}}', "must name one of these: ***, b-2"),
    (f'{{"gpu-2": {{"query": {{"{SECRET}": 5}}}}}}', "gpu-2.query.***: must be a string"),
]


def test_a_wrong_connection_is_named_with_its_member() -> None:
    for connections, said in WRONG_CONNECTIONS:
        complained = complaint(AiSettings, NATS_URL=NATS, NATTER_AI_CONNECTIONS=connections)
        assert said in complained, connections
        assert "NATTER_AI_" in complained, connections
        assert SECRET not in complained, connections


def test_the_only_connection_is_the_default() -> None:
    local = {"NATTER_AI_CONNECTIONS": f'{{"local": {{{LOCAL}}}}}'}
    two = {"NATTER_AI_CONNECTIONS": f'{{"a": {{{LOCAL}}}, "b": {{{LOCAL}}}}}'}
    both = {"NATTER_AI_CONNECTIONS": f'{{"default": {{{LOCAL}}}, "b": {{{LOCAL}}}}}'}
    plain = {"OPENAI_BASE_URL": "http://127.0.0.1:1"}
    for environment, default in (
        (local, "local"),
        (both, "default"),
        (plain, "default"),
        (local | plain, "default"),
        (two | {"NATTER_AI_DEFAULT_CONNECTION": "b"}, "b"),
    ):
        assert loaded(environment).default == default, environment


def test_the_demo_endpoint_answers_where_no_other_is_named() -> None:
    settings = loaded({"NATTER_AI_DEMO_URL": DEMO})
    assert settings.endpoints[settings.default].base_url == DEMO
    for name, value in (
        ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"),
        ("NATTER_AI_CONNECTIONS", f'{{"local": {{{LOCAL}}}}}'),
    ):
        settings = loaded({"NATTER_AI_DEMO_URL": DEMO, name: value})
        assert [one.base_url for one in settings.endpoints.values()] == ["http://127.0.0.1:1/v1"]


def test_the_demo_endpoint_does_not_replace_an_incomplete_one() -> None:
    for name, value, said in (
        ("OPENAI_API_KEY", "sk", "set OPENAI_MODEL"),
        ("OPENAI_MODEL", "large", "set OPENAI_API_KEY, or OPENAI_BASE_URL, or both"),
        ("NATTER_AI_DEFAULT_CONNECTION", "local", "NATTER_AI_DEFAULT_CONNECTION must name one of"),
        ("NATTER_AI_DEMO_URL", "demo:8003", "NATTER_AI_DEMO_URL: must be an http"),
    ):
        environment = {"NATS_URL": NATS, "NATTER_AI_DEMO_URL": DEMO, name: value}
        assert said in complaint(AiSettings, **environment), name


def loaded(environment: dict[str, str]) -> AiSettings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ({"NATS_URL": NATS} | environment).items():
            patch.setenv(name, value)
        return AiSettings.load()


WRONG: list[tuple[type[ServiceSettings], dict[str, str], str]] = [
    (AiSettings, {"NATS_URL": NATS, "OPENAI_BASE_URL": "127.0.0.1:11434"}, "OPENAI_BASE_URL: must"),
    (AiSettings, {"NATS_URL": NATS, "OPENAI_BASE_URL": "localhost:1"}, "scheme included"),
    *(
        (AiSettings, {"NATS_URL": NATS, "OPENAI_BASE_URL": url}, "OPENAI_BASE_URL: must be an http")
        for url in (
            f"http://localhost:11434{SECRET}",
            "http://localhost:99999/v1",
            "http://localhost:65536/v1",
            "http://[::1/v1",
            f"http://[{SECRET}]/v1",
            f"http://{SECRET}\x7f/v1",
        )
    ),
    (AiSettings, {"NATS_URL": NATS, "OPENAI_BASE_URL": f"http://u:{SECRET}@h/v1"}, "a password"),
    (AiSettings, {"NATS_URL": NATS, "OPENAI_API_KEY": f"{SECRET}\nx"}, "OPENAI_API_KEY: must be"),
    (AiSettings, {"NATS_URL": NATS, "OPENAI_API_KEY": SECRET}, "set OPENAI_MODEL"),
    (AiSettings, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "NATS_URL: must be set (NATS"),
    *(
        (settings, {"NATS_URL": url}, "NATS_URL: each server is written nats://user")
        for settings in (AiSettings, RealtimeSettings, WebSettings)
        for url in (
            f"nats://ai:{SECRET}/x@h:4222",
            f"nats://ai:1/{SECRET}@h:4222",
            f"nats://ai:{SECRET}#x@h:4222",
            f"nats://ai:{SECRET}?x@h:4222",
            f"nats://ai:{SECRET},x@h:4222",
            f"nats://ai:{SECRET}[@h:4222",
            f"nats://ai:{SECRET}\u2100@h:4222",
            f"nats://ai:{SECRET}@[::1:4222",
            f"nats://ai:{SECRET}@h:99999",
            f"nats://ai:{SECRET}@h:{SECRET}",
            f"nats://ai:{SECRET}@h:4222,h:4223",
            f"nats://ai:{SECRET}@:4222",
            f"ai:{SECRET}@h:4222",
            f"ws://ai:{SECRET}@h:4222",
            ",",
        )
    ),
    (AiSettings, {"NATS_URL": f"nats://ai:{SECRET}@h,nats://ai@h"}, "one user and one password"),
    (WebSettings, {"NATTER_STREAM_KEYS": f'["{SECRET}"]'}, "item 1: a key has 32 characters or"),
    (WebSettings, {"NATTER_STREAM_KEYS": SECRET}, "NATTER_STREAM_KEYS: must be JSON"),
    (WebSettings, {"NATTER_STREAM_KEYS": f'"{SECRET}"'}, "NATTER_STREAM_KEYS: must be a JSON list"),
    (WebSettings, {}, "DATABASE_URL: must be set (PostgreSQL database"),
    (WebSettings, {"NATTER_WEB_REALTIME_URL": SECRET}, "REALTIME_URL: a gateway is written as"),
    (RealtimeSettings, {"NATTER_STREAM_KEYS": "[]"}, "STREAM_KEYS: must have at least 1 items"),
    (RealtimeSettings, {"NATTER_REALTIME_MAX_SOCKETS": SECRET}, "SOCKETS: must be a valid integer"),
    (DemoSettings, {"NATTER_DEMO_ALLOWED_HOSTS": f'["a", "{SECRET} b"]'}, "HOSTS, item 2: is not"),
    (DemoSettings, {"NATTER_DEMO_FIRST_TOKEN_MS": "-1"}, "MS: must be greater than or equal to 0"),
]


def test_each_service_names_the_variable_and_what_is_expected_but_no_secret() -> None:
    for settings, environment, said in WRONG:
        complained = complaint(settings, **environment)
        assert said in complained, environment
        assert SECRET not in complained, environment
        assert NATS not in complained, environment


def test_settings_can_be_checked_without_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["services.ai", "--check"])
    monkeypatch.setenv("NATS_URL", NATS)
    for url, said in (("http://127.0.0.1:1/v1", "None"), ("h:1", "OPENAI_BASE_URL: must be")):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("services.ai", run_name="__main__")
        assert said in str(ended.value.code)


def test_a_variable_is_named_by_its_alias_or_its_prefix() -> None:
    assert variable_name(RealtimeSettings, "nats_url") == "NATS_URL"
    assert variable_name(RealtimeSettings, "max_unsent_bytes") == (
        "NATTER_REALTIME_MAX_UNSENT_BYTES"
    )

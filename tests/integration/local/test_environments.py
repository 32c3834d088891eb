import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local.configuration import load_configuration
from deploy.local.services import (
    Backends,
    ai_environment,
    demo_environment,
    realtime_environment,
    web_environment,
)
from deploy.local.settings import LocalSettings
from deploy.local.setup_code import load_setup_code
from deploy.local.stack import needed_ports
from deploy.local.stream_keys import FILE, load_stream_keys
from services.shared.bus.subjects import check_group
from services.shared.stream_token import StreamKeys
from services.web.settings import check_setup_code
from tests.integration.local.surroundings import steer

KEYS = '["a-key-of-the-stack-0123456789abcdefgh"]'
BACKENDS = Backends(
    "postgresql://db",
    {user: f"nats://{user}:pw@127.0.0.1:1" for user in ("web", "realtime", "ai")},
    KEYS,
)
USERS_OWN = {
    "HOME": "/home/ada",
    "PGPASSWORD": "of libpq",
    "DATABASE_URL": "postgresql://elsewhere",
    "NATS_URL": "nats://elsewhere",
    "OPENAI_API_KEY": "sk-secret",
    "OPENAI_MODEL": "large",
    "NATTER_STREAM_KEYS": "of an earlier stack",
    "NATTER_WEB_MESSAGE_MAX_CHARS": "9",
    "NATTER_AI_MAX_ANSWERS": "2",
    "NATTER_REALTIME_ALLOWED_ORIGINS": '["https://mine"]',
    "NATTER_LOG_LEVEL": "debug",
}


def _settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> LocalSettings:
    steer(monkeypatch, **environment)
    settings, faults = LocalSettings.read()
    assert faults == []
    return settings


def test_each_service_gets_its_own_secrets_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(monkeypatch, OPENAI_API_KEY="sk-secret")
    web = web_environment(settings, USERS_OWN, BACKENDS)
    realtime = realtime_environment(settings, USERS_OWN, BACKENDS)
    ai = ai_environment(settings, USERS_OWN, BACKENDS)
    demo = demo_environment(settings, USERS_OWN)
    assert [name for name in (web, realtime, ai, demo) if "DATABASE_URL" in name] == [web]
    assert [name for name in (web, realtime, ai, demo) if "OPENAI_API_KEY" in name] == [ai]
    assert [env.get("NATS_URL") for env in (web, realtime, ai, demo)] == [
        "nats://web:pw@127.0.0.1:1",
        "nats://realtime:pw@127.0.0.1:1",
        "nats://ai:pw@127.0.0.1:1",
        None,
    ]
    keys = [env.get("NATTER_STREAM_KEYS") for env in (web, realtime, ai, demo)]
    assert keys == [KEYS, KEYS, None, None]
    assert not any("PGPASSWORD" in env for env in (web, realtime, ai, demo))


def test_what_the_user_set_is_passed_to_the_service_it_is_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = _settings(monkeypatch)
    web = web_environment(settings, USERS_OWN, BACKENDS)
    ai = ai_environment(settings, USERS_OWN, BACKENDS)
    realtime = realtime_environment(settings, USERS_OWN, BACKENDS)
    assert web["NATTER_WEB_MESSAGE_MAX_CHARS"] == "9"
    assert "NATTER_AI_MAX_ANSWERS" not in web
    assert ai["NATTER_AI_MAX_ANSWERS"] == "2"
    assert realtime["NATTER_REALTIME_ALLOWED_ORIGINS"] == '["https://mine"]'
    assert {env["NATTER_LOG_LEVEL"] for env in (web, ai, realtime)} == {"debug"}
    assert {env["HOME"] for env in (web, ai, realtime)} == {"/home/ada"}


def test_web_alone_gets_the_code_for_the_first_account_or_the_users_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings, name = _settings(monkeypatch), "NATTER_WEB_SETUP_CODE"
    backends = replace(BACKENDS, setup_code="made")
    assert web_environment(settings, {name: ""}, backends)[name] == "made"
    assert web_environment(settings, {name: "own"}, backends)[name] == "own"
    from_file = web_environment(settings, {f"{name}_FILE": "/code"}, backends)
    assert (from_file.get(name), from_file[f"{name}_FILE"]) == (None, "/code")
    assert name not in web_environment(settings, {}, BACKENDS)
    for environment in (realtime_environment, ai_environment):
        assert name not in environment(settings, {name: "own"}, backends)


def test_the_code_for_the_first_account_is_kept_for_the_user_alone(tmp_path: Path) -> None:
    code = load_setup_code(tmp_path)
    path = tmp_path / "setup_code.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_setup_code(tmp_path) == path.read_text().strip() == code
    path.write_text("\x00")
    assert load_setup_code(tmp_path) != code
    check_setup_code(SecretStr(code))


def test_without_an_endpoint_the_demo_answers_and_everybody_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = _settings(monkeypatch, NATTER_DEMO_PORT="9003", OPENAI_API_KEY="")
    ai = ai_environment(settings, {"OPENAI_API_KEY": "", "OPENAI_MODEL": "large"}, BACKENDS)
    assert settings.uses_demo
    assert ai["NATTER_AI_DEMO_URL"] == "http://127.0.0.1:9003/v1"
    assert not any(name.startswith("OPENAI_") for name in ai)
    assert web_environment(settings, {}, BACKENDS)["NATTER_WEB_DEMO"] == "true"


def test_an_endpoint_of_ones_own_replaces_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://model.internal:11434/v1"
    settings = _settings(monkeypatch, OPENAI_BASE_URL=url)
    ai = ai_environment(settings, {"OPENAI_BASE_URL": url}, BACKENDS)
    assert (ai["OPENAI_BASE_URL"], ai.get("OPENAI_API_KEY")) == (url, None)
    assert web_environment(settings, {}, BACKENDS)["NATTER_WEB_DEMO"] == "false"


@pytest.mark.parametrize("default", [None, "local"])
def test_connections_of_ones_own_replace_the_demo(
    monkeypatch: pytest.MonkeyPatch, default: str | None
) -> None:
    named = {"NATTER_AI_CONNECTIONS": '{"local": {"base_url": "http://127.0.0.1:1/v1"}}'}
    if default:
        named["NATTER_AI_DEFAULT_CONNECTION"] = default
    settings = _settings(monkeypatch, **named)
    ai = ai_environment(settings, named, BACKENDS)
    assert {name: ai[name] for name in named} == named
    assert not {"OPENAI_BASE_URL", "NATTER_AI_DEMO_URL"} & set(ai)
    assert web_environment(settings, {}, BACKENDS)["NATTER_WEB_DEMO"] == "false"


def test_a_key_in_an_empty_file_leaves_the_demo_to_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").touch()
    named = {"OPENAI_API_KEY_FILE": str(tmp_path / "key")}
    assert _settings(monkeypatch, **named).uses_demo
    (tmp_path / "key").write_text("sk-secret\n")
    settings = _settings(monkeypatch, **named)
    assert not settings.uses_demo
    ai = ai_environment(settings, named, BACKENDS)
    assert ai["OPENAI_API_KEY_FILE"] == named["OPENAI_API_KEY_FILE"]
    assert "NATTER_AI_DEMO_URL" not in ai


def test_files_are_handed_out_as_the_settings_that_they_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    withheld = ("DATABASE_URL", "NATS_URL", "NATTER_STREAM_KEYS")
    inherited = {f"{name}_FILE": "/secret" for name in (*withheld, "OPENAI_API_KEY")}
    inherited["NATTER_AI_CONNECTIONS_FILE"] = "/connections"
    settings = _settings(monkeypatch, OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    web = web_environment(settings, inherited, BACKENDS)
    realtime = realtime_environment(settings, inherited, BACKENDS)
    ai = ai_environment(settings, inherited, BACKENDS)
    demo = demo_environment(settings, inherited)
    for environment in (web, realtime, demo):
        assert not [name for name in environment if name.endswith("_FILE")]
    assert sorted(name for name in ai if name.endswith("_FILE")) == [
        "NATTER_AI_CONNECTIONS_FILE",
        "OPENAI_API_KEY_FILE",
    ]


def test_a_file_takes_the_place_of_what_the_launcher_would_choose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = _settings(monkeypatch)
    inherited = {
        "NATTER_WEB_ALLOWED_HOSTS_FILE": "/hosts",
        "NATTER_WEB_PORT_FILE": "/port",
        "NATTER_WEB_DEMO_FILE": "",
        "NATTER_REALTIME_DRAIN_SECONDS_FILE": "/drain",
    }
    web = web_environment(settings, inherited, BACKENDS)
    assert web["NATTER_WEB_ALLOWED_HOSTS_FILE"] == "/hosts"
    assert "NATTER_WEB_ALLOWED_HOSTS" not in web
    assert (web["NATTER_WEB_PORT"], web["NATTER_WEB_DEMO"]) == ("8000", "true")
    assert not {"NATTER_WEB_PORT_FILE", "NATTER_WEB_DEMO_FILE"} & set(web)
    realtime = realtime_environment(settings, inherited, BACKENDS)
    assert realtime["NATTER_REALTIME_DRAIN_SECONDS_FILE"] == "/drain"
    assert "NATTER_REALTIME_DRAIN_SECONDS" not in realtime


def test_only_pages_of_this_stack_may_open_its_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(monkeypatch, NATTER_WEB_PORT="9000", NATTER_REALTIME_PORT="9001")
    realtime = realtime_environment(settings, {}, BACKENDS)
    assert json.loads(realtime["NATTER_REALTIME_ALLOWED_ORIGINS"]) == [
        "http://127.0.0.1:9000",
        "http://localhost:9000",
    ]
    web = web_environment(settings, {}, BACKENDS)
    assert web["NATTER_WEB_REALTIME_URL"] == "ws://127.0.0.1:9001"


def test_a_base_path_reaches_web_and_the_banner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inherited = {"NATTER_WEB_BASE_PATH": "/natter/"}
    settings = _settings(monkeypatch, **inherited, NATTER_WEB_PORT="9000")
    assert settings.web_address == "http://127.0.0.1:9000/natter/"
    # The proxy in front leads to both services.
    assert "NATTER_WEB_REALTIME_URL" not in web_environment(settings, inherited, BACKENDS)
    realtime = realtime_environment(settings, inherited, BACKENDS)
    assert json.loads(realtime["NATTER_REALTIME_ALLOWED_ORIGINS"]) == []
    assert web_environment(settings, inherited, BACKENDS)["NATTER_WEB_BASE_PATH"] == "/natter/"
    assert _settings(monkeypatch).web_address == "http://127.0.0.1:8000"


def test_a_path_that_is_none_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steer(monkeypatch, NATTER_WEB_BASE_PATH="natter")
    with pytest.raises(SystemExit, match=r"NATTER_WEB_BASE_PATH: .*a base path is written as"):
        load_configuration()


def test_a_gateway_that_is_alone_is_stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, name = _settings(monkeypatch), "NATTER_REALTIME_DRAIN_SECONDS"
    assert realtime_environment(settings, {}, BACKENDS)[name] == "0"
    assert realtime_environment(settings, {name: "3"}, BACKENDS)[name] == "3"


def test_keys_of_ones_own_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(monkeypatch, NATTER_STREAM_KEYS=KEYS)
    assert settings.stream_keys is not None
    assert settings.stream_keys.get_secret_value() == KEYS
    assert "a-key-of" not in repr(settings)
    for nothing in ({}, {"NATTER_STREAM_KEYS": ""}):
        assert _settings(monkeypatch, **nothing).stream_keys is None


def test_a_key_is_made_up_once_and_kept_from_others(tmp_path: Path) -> None:
    first = load_stream_keys(tmp_path / "data")
    (key,) = json.loads(first)
    assert len(StreamKeys([key]).mint("1", check_group("chat_1"), seconds=60)) > 100
    assert load_stream_keys(tmp_path / "data") == first
    assert load_stream_keys(tmp_path / "other") != first
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_second_key_in_the_file_rotates_the_first(tmp_path: Path) -> None:
    rotated = ["a-newer-key-0123456789abcdefghijklmn", *json.loads(load_stream_keys(tmp_path))]
    (tmp_path / FILE).write_text(json.dumps(rotated, indent=2))
    assert json.loads(load_stream_keys(tmp_path)) == rotated


@pytest.mark.parametrize("spoilt", [b"", b"[]", b"{}", b'["short"]', b"[1]", b"\xff\xfe", b"null"])
def test_a_file_without_a_good_key_is_made_anew(tmp_path: Path, spoilt: bytes) -> None:
    (tmp_path / FILE).write_bytes(spoilt)
    (key,) = json.loads(load_stream_keys(tmp_path))
    assert len(key) >= 32


def test_web_answers_to_the_host_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(monkeypatch, NATTER_WEB_HOST="127.0.0.2")
    name = "NATTER_WEB_ALLOWED_HOSTS"
    for inherited in ({}, {name: ""}):
        web = web_environment(settings, inherited, BACKENDS)
        assert json.loads(web[name]) == ["127.0.0.2", "127.0.0.1", "localhost"]
    assert web_environment(settings, {name: '["mine"]'}, BACKENDS)[name] == '["mine"]'


def test_parts_that_run_elsewhere_need_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = {port.part for port in needed_ports(_settings(monkeypatch))}
    assert embedded == {"web", "realtime", "ai", "NATS", "the demo endpoint"}
    elsewhere = _settings(monkeypatch, NATS_URL="nats://elsewhere", OPENAI_API_KEY="sk")
    assert {port.part for port in needed_ports(elsewhere)} == {"web", "realtime", "ai"}


def test_a_part_listens_on_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    steer(monkeypatch, NATTER_WEB_HOST="0.0.0.0", NATTER_AI_HOST="::1", NATTER_AI_PORT="many")  # noqa: S104 - it must be refused
    _, faults = LocalSettings.read()
    assert [fault.partition(":")[0] for fault in faults] == [
        "NATTER_WEB_HOST",
        "NATTER_AI_HOST",
        "NATTER_AI_PORT",
    ]
    assert faults[0].startswith("NATTER_WEB_HOST: one IPv4 address of this machine is needed")


def test_the_data_folder_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert _settings(monkeypatch).data_dir == tmp_path / ".natter"
    assert _settings(monkeypatch, NATTER_DATA_DIR="else").data_dir == tmp_path / "else"

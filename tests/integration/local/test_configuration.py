"""The settings of every part are read before anything is started: one line a wrong variable."""

import json
from pathlib import Path

import pytest

from deploy.local.configuration import load_configuration
from deploy.local.service_settings import read_service
from deploy.local.services import (
    Backends,
    ai_environment,
    realtime_environment,
    web_environment,
)
from services.ai.settings import AiSettings
from tests.integration.local.surroundings import steer

LOCAL = {"base_url": "http://127.0.0.1:11434/v1", "model": "qwen3"}


def _refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    steer(monkeypatch, **environment)
    with pytest.raises(SystemExit) as caught:
        load_configuration()
    first, *faults = str(caught.value.code).splitlines()
    assert first == "The settings are wrong:"
    return [fault.strip() for fault in faults]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "127.0.0.1:11434"),
        ("NATTER_AI_CONNECTIONS", "{bad"),
        ("NATTER_AI_CONNECTIONS", '{"local": {"base_uri": "http://127.0.0.1:1/v1"}}'),
        ("NATTER_AI_FLUSH_MS", "soon"),
        ("NATTER_REALTIME_PING_SECONDS", "-1"),
        ("NATTER_WEB_MESSAGE_MAX_CHARS", "0"),
        ("NATTER_WEB_REALTIME_URL", "http://127.0.0.1"),
        ("NATTER_DEMO_FIRST_TOKEN_MS", "-1"),
        ("NATTER_STREAM_KEYS", '["short"]'),
    ],
)
def test_what_a_service_would_refuse_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert len(_refusal(monkeypatch, **{name: value})) == 1


def test_faults_of_all_parts_come_together_and_each_variable_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = _refusal(
        monkeypatch,
        NATTER_WEB_PORT="99999",
        NATTER_REALTIME_MAX_SOCKETS="many",
        NATTER_AI_IDLE_SECONDS="0",
        NATTER_DEMO_PROT="1",
    )
    assert sorted(fault.partition(":")[0] for fault in faults) == [
        "NATTER_AI_IDLE_SECONDS",
        "NATTER_DEMO_PROT",
        "NATTER_REALTIME_MAX_SOCKETS",
        "NATTER_WEB_PORT",
    ]


HOME = "192.168.1.5"
CONSENT = {"NATTER_WHOEVER_REACHES_IT_IS_ITS_USER": "yes"}
ACCOUNTS = {"NATTER_WEB_SINGLE_USER": "false"}


@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        (
            {"NATTER_WEB_HOST": HOME},
            "WHOEVER_REACHES_IT_IS_ITS_USER: with NATTER_WEB_SINGLE_USER there are no accounts",
        ),
        ({"NATTER_WEB_HOST": HOME, **ACCOUNTS}, "WEB_HOST: passwords must not travel over plain"),
        ({"NATTER_WEB_HOST": HOME, **ACCOUNTS, **CONSENT}, "WEB_HOST: passwords must not travel"),
        *(
            ({"NATTER_WEB_HOST": host, **CONSENT}, "WEB_HOST: one IPv4 address of this machine is")
            for host in ("0.0.0.0", "::", "::1", "example.org", "192.168.1", "224.0.0.1", "0")  # noqa: S104 - it must be refused
        ),
        ({"NATTER_REALTIME_HOST": HOME, **CONSENT}, "REALTIME_HOST: the WebSockets listen on the"),
        ({"NATTER_AI_HOST": HOME, **CONSENT}, "AI_HOST: nobody but this machine asks the AI"),
        (
            {"NATTER_WHOEVER_REACHES_IT_IS_ITS_USER": "maybe"},
            "WHOEVER_REACHES_IT_IS_ITS_USER: must be 'yes'",
        ),
    ],
)
def test_an_address_that_others_reach_is_refused_unless_that_is_meant(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], refused: str
) -> None:
    (fault,) = _refusal(monkeypatch, **environment)
    assert fault.startswith(f"NATTER_{refused}")


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({}, ("127.0.0.1", "127.0.0.1")),
        ({"NATTER_WEB_HOST": "localhost"}, ("localhost", "localhost")),
        ({"NATTER_WEB_HOST": "127.0.0.2", **ACCOUNTS}, ("127.0.0.2", "127.0.0.2")),
        ({"NATTER_WEB_HOST": HOME, **CONSENT}, (HOME, HOME)),
        (
            {"NATTER_WEB_HOST": HOME, "NATTER_REALTIME_HOST": "127.0.0.1", **CONSENT},
            (HOME, "127.0.0.1"),
        ),
    ],
)
def test_the_gateway_is_where_the_pages_are_unless_it_was_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], hosts: tuple[str, str]
) -> None:
    steer(monkeypatch, **environment)
    configuration = load_configuration()
    settings, inherited = configuration.settings, configuration.inherited
    backends = Backends("postgresql://", dict.fromkeys(("web", "realtime"), "nats://x"), "[]")
    web = web_environment(settings, inherited, backends)
    realtime = realtime_environment(settings, inherited, backends)
    assert (web["NATTER_WEB_HOST"], realtime["NATTER_REALTIME_HOST"]) == hosts
    assert web["NATTER_WEB_REALTIME_URL"] == f"ws://{hosts[1]}:8001"
    assert hosts[0] in json.loads(web["NATTER_WEB_ALLOWED_HOSTS"])
    origins = json.loads(realtime["NATTER_REALTIME_ALLOWED_ORIGINS"])
    assert f"http://{hosts[0]}:8000" in origins
    assert web.get("NATTER_WHOEVER_REACHES_IT_IS_ITS_USER") == (
        "yes" if environment.keys() & CONSENT.keys() else None
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"NATTER_AI_CONNECTIONS": json.dumps({"default": LOCAL})},
        {
            "NATTER_AI_CONNECTIONS": json.dumps({"local": LOCAL, "other": LOCAL}),
            "NATTER_AI_DEFAULT_CONNECTION": "local",
        },
        {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"},
    ],
)
def test_the_demo_does_not_answer_beside_a_connection(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    steer(monkeypatch, **environment)
    configuration = load_configuration()
    backends = Backends("postgresql://", {"web": "nats://127.0.0.1"}, "[]")
    told = web_environment(configuration.settings, configuration.inherited, backends)
    assert (configuration.settings.uses_demo, told["NATTER_WEB_DEMO"]) == (False, "false")
    answering = configuration.ai.endpoints[configuration.ai.default]
    assert answering.base_url == LOCAL["base_url"]


FROM_FILES = {
    "DATABASE_URL": "postgresql://ada:secret@127.0.0.1:1/natter",
    "NATS_URL": "nats://ada:secret@127.0.0.1:1",
    "NATTER_STREAM_KEYS": '["a-key-of-the-stack-0123456789abcdefgh"]',
    "OPENAI_API_KEY": "sk-secret",
    "OPENAI_MODEL": "large",
    "NATTER_WEB_PORT": "9000",
    "NATTER_WEB_ALLOWED_HOSTS": '["natter.example"]',
    "NATTER_AI_FLUSH_MS": "7",
}


def test_every_part_reads_files_whose_paths_begin_in_the_folder_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in FROM_FILES.items():
        (tmp_path / name).write_text(value + "\n")
    steer(monkeypatch, **{f"{name}_FILE": name for name in FROM_FILES})
    monkeypatch.chdir(tmp_path)
    configuration = load_configuration()
    settings, inherited = configuration.settings, configuration.inherited
    monkeypatch.chdir("/")
    for own in (settings.database_url, settings.nats_url, settings.stream_keys):
        assert own is not None
        assert own.get_secret_value() in FROM_FILES.values()
    assert (settings.web_port, settings.uses_demo) == (9000, False)
    backends = Backends(
        "postgresql://", {"web": "nats://127.0.0.1", "ai": "nats://127.0.0.1"}, "[]"
    )
    web = web_environment(settings, inherited, backends)
    assert Path(web["NATTER_WEB_ALLOWED_HOSTS_FILE"]) == tmp_path / "NATTER_WEB_ALLOWED_HOSTS"
    ai, faults = read_service(AiSettings, ai_environment(settings, inherited, backends))
    assert ai is not None, faults
    assert (ai.flush_ms, ai.openai_model) == (7, "large")


def test_a_file_with_a_fault_is_named_once_whichever_parts_read_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "path").write_text("natter\n")
    (tmp_path / "keys").write_text('["short"]\n')
    monkeypatch.chdir(tmp_path)
    faults = _refusal(
        monkeypatch,
        NATTER_WEB_BASE_PATH_FILE="path",
        NATTER_AI_PROT_FILE="x",
    )
    assert sorted(fault.partition(":")[0] for fault in faults) == [
        "NATTER_AI_PROT_FILE",
        f"NATTER_WEB_BASE_PATH_FILE ({tmp_path}/path)",
    ]
    (fault,) = _refusal(monkeypatch, NATTER_STREAM_KEYS_FILE="keys")
    assert fault.startswith("NATTER_STREAM_KEYS_FILE (keys), item 1: a key has 32 characters")
    for name in ("DATABASE_URL_FILE", "NATTER_AI_FLUSH_MS_FILE"):
        (fault,) = _refusal(monkeypatch, **{name: "nowhere"})
        assert fault.startswith(f"{name}: the path it holds cannot be read (No such file")


def test_reading_for_others_leaves_the_environment_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steer(monkeypatch, NATTER_WEB_MESSAGE_MAX_CHARS="9")
    before = load_configuration().inherited
    assert load_configuration().inherited == before

"""The banner's publish line, run as it is printed; and the notice of the pages."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local.banner import banner
from deploy.local.configuration import load_configuration
from deploy.local.exposure import MEANING
from deploy.local.first_account import OWN_CODE, needed_code
from deploy.local.nats_server import NatsServer
from deploy.local.private_files import write_private
from deploy.local.services import Backends
from deploy.local.settings import LocalSettings
from services.ai.settings import AiSettings
from services.shared.bus.connection import Bus
from services.web.db.pool import connection, open_pool
from tests.integration.local.launching import ROOT
from tests.integration.local.surroundings import steer
from tests.support.accounts import make_account
from tests.support.waiting import DEADLINE_SECONDS

NOTICE = ROOT / "services/web/templates/layouts/_demo_notice.html"


def _line(name: str, settings: LocalSettings, ai: AiSettings) -> str:
    (line,) = (line for line in banner(settings, ai).splitlines() if line.startswith(f"{name}  "))
    return line.removeprefix(name).strip()


def _publish_line(settings: LocalSettings) -> str:
    ai = AiSettings(nats_url=SecretStr("nats://127.0.0.1"), openai_base_url="http://127.0.0.1:1/v1")
    return _line("publish", settings, ai)


def _answering(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    steer(monkeypatch, **environment)
    configuration = load_configuration()
    return _line("answers", configuration.settings, configuration.ai)


async def test_the_publish_line_works_as_printed_with_another_data_folder(
    tmp_path: Path,
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    write_private(folder / "publisher.env", f"NATS_URL={nats_server.url('publisher')}\n")
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", _publish_line(LocalSettings(data_dir=folder))),
        cwd=ROOT,
        env={},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        said, _ = await process.communicate()
    assert said.decode() == "published to chat_1 as number 1\n"


def test_the_usual_data_folder_is_not_spelt_out() -> None:
    line = _publish_line(LocalSettings(data_dir=ROOT / ".natter"))
    assert line.startswith(".venv/bin/natter publish chat_1 ")


def test_somebody_elses_nats_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://publisher:secret@elsewhere")
    assert _publish_line(LocalSettings()).startswith("NATS_URL=… .venv/bin/natter ")


def test_the_pages_say_that_openai_needs_a_key_and_a_model() -> None:
    needed = "<code>OPENAI_API_KEY</code> and <code>OPENAI_MODEL</code> for OpenAI"
    assert needed in NOTICE.read_text()


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}, "http://127.0.0.1:11434"),
        ({"OPENAI_BASE_URL": "https://model.internal/a/key/v1?k=v"}, "https://model.internal"),
        ({"OPENAI_BASE_URL": "http://[::1]:8080/v1"}, "http://[::1]:8080"),
        ({"OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": "m"}, "https://api.openai.com"),
        (
            {
                "OPENAI_API_KEY": "sk-secret",
                "OPENAI_MODEL": "m",
                "NATTER_AI_CONNECTIONS": '{"local": {"base_url": "http://127.0.0.1:1/v1"}}',
                "NATTER_AI_DEFAULT_CONNECTION": "local",
            },
            "the connection local: http://127.0.0.1:1",
        ),
        (
            {"NATTER_AI_CONNECTIONS": '{"local": {"base_url": "http://127.0.0.1:1/v1"}}'},
            "the connection local: http://127.0.0.1:1",
        ),
        (
            {
                "OPENAI_BASE_URL": "http://model.internal/v1",
                "NATTER_AI_CONNECTIONS": '{"local": {"base_url": "http://127.0.0.1:1/v1"}}',
            },
            "http://model.internal",
        ),
        (
            {
                "NATTER_AI_CONNECTIONS": '{"a\\u001bb": {"base_url": "http://127.0.0.1:2/v1"}}',
                "NATTER_AI_DEFAULT_CONNECTION": "a\x1bb",
            },
            r"the connection a\x1bb: http://127.0.0.1:2",
        ),
    ],
)
def test_it_names_who_really_answers_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], shown: str
) -> None:
    assert _answering(monkeypatch, **environment) == f"come from {shown}"


def _banner(monkeypatch: pytest.MonkeyPatch, setup_code: str | None, **environment: str) -> str:
    steer(monkeypatch, **environment)
    configuration = load_configuration()
    return banner(configuration.settings, configuration.ai, setup_code)


def test_it_says_at_each_start_who_else_can_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    consent = {"NATTER_WHOEVER_REACHES_IT_IS_ITS_USER": "yes"}
    shown = _banner(monkeypatch, None, NATTER_WEB_HOST="192.168.1.5", **consent)
    assert f"\nNatter is up: http://192.168.1.5:8000\n{MEANING}\n\n" in shown
    for host in ("127.0.0.1", "127.0.0.2", "localhost"):
        assert MEANING not in _banner(monkeypatch, None, NATTER_WEB_HOST=host, **consent)


@pytest.mark.parametrize(
    ("path", "site"), [("/", "http://127.0.0.1:8000"), ("/natter/", "/natter")]
)
def test_it_says_where_the_first_account_is_made_while_there_is_none(
    monkeypatch: pytest.MonkeyPatch, path: str, site: str
) -> None:
    with_accounts = {"NATTER_WEB_SINGLE_USER": "false", "NATTER_WEB_BASE_PATH": path}
    shown = _banner(monkeypatch, "abc", **with_accounts)
    assert f"\naccount  make the first one at {site}/setup/ with the code abc\n" in shown
    assert "account" not in _banner(monkeypatch, None, **with_accounts)


def test_the_code_is_told_until_there_is_an_administrator(database_url: str) -> None:
    backends = Backends(database_url, {}, "[]", "made")
    assert needed_code(replace(backends, setup_code=None), {}) is None
    assert needed_code(backends, {"NATTER_WEB_SETUP_CODE": ""}) == "made"
    for own in ("NATTER_WEB_SETUP_CODE", "NATTER_WEB_SETUP_CODE_FILE"):
        assert needed_code(backends, {own: "x"}) == OWN_CODE
    asyncio.run(_make_administrator(database_url))
    assert needed_code(backends, {}) is None
    nobody_there = "postgresql://ada:secret@127.0.0.1:1/natter"
    assert needed_code(replace(backends, database_url=nobody_there), {}) is None


async def _make_administrator(database_url: str) -> None:
    async with open_pool(database_url, size=1) as pool, connection(pool) as db:
        await make_account(db, "ann", is_admin=True)


def test_the_demo_endpoint_says_how_to_connect_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    steer(monkeypatch)
    configuration = load_configuration()
    shown = banner(configuration.settings, configuration.ai)
    assert "OPENAI_BASE_URL=" in shown
    assert "OPENAI_API_KEY=sk-… OPENAI_MODEL=" in shown

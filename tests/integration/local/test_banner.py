"""The banner's publish line, run as it is printed; and the notice of the pages."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local.banner import banner
from deploy.local.configuration import load_configuration
from deploy.local.nats_server import NatsServer
from deploy.local.private_files import write_private
from deploy.local.settings import LocalSettings
from services.ai.settings import AiSettings
from services.shared.bus.connection import Bus
from tests.integration.local.launching import ROOT
from tests.integration.local.surroundings import steer
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


def test_the_demo_endpoint_says_how_to_connect_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    steer(monkeypatch)
    configuration = load_configuration()
    shown = banner(configuration.settings, configuration.ai)
    assert "OPENAI_BASE_URL=" in shown
    assert "OPENAI_API_KEY=sk-… OPENAI_MODEL=" in shown

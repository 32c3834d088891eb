"""The banner's publish line, run as it is printed; and the notice of the pages."""

import asyncio
from pathlib import Path

import pytest

from deploy.local.banner import banner
from deploy.local.nats_server import NatsServer
from deploy.local.private_files import write_private
from deploy.local.settings import LocalSettings
from services.shared.bus import Bus
from tests.integration.local.launching import ROOT
from tests.support.waiting import DEADLINE_SECONDS

NOTICE = ROOT / "services/web/templates/layouts/_demo_notice.html"


def _publish_line(settings: LocalSettings) -> str:
    (line,) = (line for line in banner(settings).splitlines() if line.startswith("publish  "))
    return line.removeprefix("publish  ")


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

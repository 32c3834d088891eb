"""The lines that are printed once everything runs."""

import shlex
from urllib.parse import urlsplit

from deploy.local.exposure import MEANING
from deploy.local.services import ROOT
from deploy.local.settings import LocalSettings
from services.ai.settings import DEFAULT, AiSettings
from services.shared.process.hosts import is_loopback
from services.shared.process.terminal import printable

DEMO_NOTICE = """\
answers  come from the demo endpoint: no model is behind it. To connect a real one:
           OPENAI_API_KEY=sk-… OPENAI_MODEL=gpt-5-mini make run  (OpenAI needs both)
           OPENAI_BASE_URL=http://127.0.0.1:11434/v1 make run    (Ollama; vLLM: port 8000)"""

BEHIND_A_PROXY = "That is where your proxy finds it; open it at your proxy's address."


def banner(settings: LocalSettings, ai: AiSettings, setup_code: str | None = None) -> str:
    """Return the addresses of everything, and the endpoint that ai's settings name.

    `setup_code` lets the first administrator in; None if there is one, or no accounts.
    """
    return "\n".join(
        (
            "",
            f"Natter is up: {settings.web_address}",
            *((BEHIND_A_PROXY,) if settings.web_base_path else ()),
            *(() if is_loopback(settings.web_host) else (MEANING,)),
            "",
            *(() if setup_code is None else (_first_account(settings, setup_code),)),
            DEMO_NOTICE if settings.uses_demo else f"answers  come from {_endpoint(ai)}",
            f"publish  {_publish_command(settings)}",
            f"data     {settings.data_dir}",
            "stop     Ctrl+C",
            "",
        )
    )


def _first_account(settings: LocalSettings, setup_code: str) -> str:
    # Below a path, only the proxy's address is of use.
    site = settings.web_base_path or settings.web_address
    return f"account  make the first one at {site}/setup/ with the code {setup_code}"


def _endpoint(ai: AiSettings) -> str:
    name = ai.default
    address = urlsplit(ai.endpoints[name].address)
    # The path may hold an account, and the part before the host a password.
    where = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
    return where if name == DEFAULT else f"the connection {printable(name)}: {where}"


def _publish_command(settings: LocalSettings) -> str:
    page = """'<turbo-stream action="append" target="chat-1-message-list">"""
    template = "<template><p>Hello World</p></template>"
    command = f".venv/bin/natter publish chat_1 {page}{template}</turbo-stream>'"
    if settings.nats_url is not None:
        return f"NATS_URL=… {command}"
    # The command is for a shell in the checkout, which may have been started elsewhere.
    if settings.data_dir != ROOT / ".natter":
        return f"NATTER_DATA_DIR={shlex.quote(str(settings.data_dir))} {command}"
    return command

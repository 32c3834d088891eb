"""Whether others may reach the stack, and what it means where they do."""

from collections.abc import Iterator

from deploy.local.settings import LocalSettings
from services.shared.process.hosts import is_loopback
from services.shared.process.settings import given_variable
from services.web.settings import WebSettings

MEANING = """\
Everybody who reaches this address reads and writes all chats, and uses the model's key:
nobody is asked for a password. It is plain HTTP, so others on the network can read along."""


def exposure_faults(settings: LocalSettings, web: WebSettings) -> Iterator[str]:
    """Yield a fault for each address that a part must not listen on, as `NAME: what is wrong`.

    Without accounts web itself wants to be told that others may reach it.
    """
    pages = settings.web_host
    if not (web.single_user or is_loopback(pages)):
        yield _fault(
            "web_host",
            f"passwords must not travel over plain HTTP to {pages}: leave it at 127.0.0.1, and put"
            " a proxy with TLS in front, as deploy/README.md shows",
        )
    if settings.realtime_host != pages and not is_loopback(settings.realtime_host):
        where = "the WebSockets listen on the address of the pages, or on 127.0.0.1"
        yield _fault("realtime_host", where)
    if not is_loopback(settings.ai_host):
        nobody = "nobody but this machine asks the AI service: leave it at 127.0.0.1"
        yield _fault("ai_host", nobody)


def _fault(field: str, text: str) -> str:
    return f"{given_variable(LocalSettings, field)}: {text}"

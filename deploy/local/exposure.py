"""Whether others may reach the stack, and what it means where they do."""

from collections.abc import Iterator

from deploy.local.addresses import is_loopback
from deploy.local.settings import LocalSettings
from services.shared.process.settings import given_variable
from services.web.settings import WebSettings

CONSENT = "NATTER_WHOEVER_REACHES_IT_IS_ITS_USER"

MEANING = """\
Everybody who reaches this address reads and writes all chats, and uses the model's key:
nobody is asked for a password. It is plain HTTP, so others on the network can read along."""


def exposure_faults(settings: LocalSettings, web: WebSettings) -> Iterator[str]:
    """Yield a fault for each address that a part must not listen on, as `NAME: what is wrong`."""
    if not is_loopback(settings.web_host) and (fault := _fault_of_pages(settings.web_host, web)):
        yield f"{given_variable(LocalSettings, 'web_host')}: {fault}"
    if not (is_loopback(settings.realtime_host) or settings.realtime_host == settings.web_host):
        fault = "the WebSockets listen on the address of the pages, or on 127.0.0.1"
        yield f"{given_variable(LocalSettings, 'realtime_host')}: {fault}"
    if not is_loopback(settings.ai_host):
        fault = "nobody but this machine asks the AI service: leave it at 127.0.0.1"
        yield f"{given_variable(LocalSettings, 'ai_host')}: {fault}"


def _fault_of_pages(host: str, web: WebSettings) -> str | None:
    if not web.single_user:
        return (
            f"passwords must not travel over plain HTTP to {host}: leave it at 127.0.0.1, and put a"
            " proxy with TLS in front, as deploy/README.md shows"
        )
    if web.whoever_reaches_it_is_its_user is None:
        return (
            f"everybody who reaches {host} would read and write all chats and use the model's key;"
            f" if that is meant, set {CONSENT}=yes, too"
        )
    return None

"""Proxies: what the environment sends to one, and what it keeps from them."""

import httpx2
import openai
import pytest

from services.ai.provider.http_transport import HttpTransport, transport_to

API = "https://api.example.org/v1"
PLAIN = "http://api.example.org/v1"
OLLAMA = "http://ollama:11434/v1"
LAN = "http://192.168.1.5:11434/v1"
BELOW = "http://llm.corp.example/v1"
CORP = "https://corp.example/v1"
SIX = "http://[::1]:11434/v1"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variable", "address", "is_proxied"),
    [
        (None, API, False),
        ("HTTPS_PROXY", API, True),
        ("https_proxy", API, True),
        ("HTTPS_PROXY", PLAIN, False),
        ("HTTP_PROXY", PLAIN, True),
        ("HTTP_PROXY", API, False),
        ("ALL_PROXY", API, True),
        ("ALL_PROXY", PLAIN, True),
    ],
)
def test_a_proxy_is_for_what_it_is_named_for(
    variable: str | None, address: str, *, is_proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, "proxy.example.org:3128")
    assert isinstance(transport_to(address), httpx2.AsyncHTTPTransport) is is_proxied


@pytest.mark.parametrize(
    ("no_proxy", "address"),
    [
        ("*", API),
        ("api.example.org", API),
        ("example.org", API),
        (".example.org", API),
        ("*.example.org", API),
        ("a, api.example.org:443", API),
        ("https://", API),
        ("https://*", API),
        ("ollama", OLLAMA),
        (" OLLAMA , x", OLLAMA),
        ("ollama:11434", OLLAMA),
        ("http://ollama", OLLAMA),
        ("http://ollama:11434/v1", OLLAMA),
        ("all://ollama", OLLAMA),
        ("192.168.0.0/16", LAN),
        ("x,,192.168.1.5", LAN),
        ("192.168.1.5:11434", LAN),
        ("http://192.168.0.0/16", LAN),
        ("*.corp.example", BELOW),
        ("[::1]", SIX),
        ("::1", SIX),
        ("[::1]:11434", SIX),
        ("::/64", SIX),
        ("[::]/64", SIX),
        ("bücher.example", "http://bücher.example/v1"),
    ],
)
def test_what_is_excepted_is_reached_directly(
    no_proxy: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert isinstance(transport_to(address), HttpTransport)


@pytest.mark.parametrize(
    ("no_proxy", "address"),
    [
        ("", API),
        (",", API),
        ("pi.example.org", API),
        ("api.example.org:8443", API),
        ("http://api.example.org", API),
        ("https://example.org", API),
        ("http://", API),
        ("api.example.org/v1", API),
        ("api.example.org:x", API),
        ("ollama:11435", OLLAMA),
        ("llama", OLLAMA),
        ("10.0.0.0/8", OLLAMA),
        ("192.168.0.0/24", LAN),
        ("192.168.0.0/33", LAN),
        ("192.168.1.5:80", LAN),
        ("::/0", LAN),
        ("*.corp.example", CORP),
        (".corp.example", CORP),
        ("::2", SIX),
        ("[::1]:80", SIX),
        ("[::1", SIX),
        ("localhost", SIX),
    ],
)
def test_what_is_not_excepted_goes_through_the_proxy(
    no_proxy: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert isinstance(transport_to(address), httpx2.AsyncHTTPTransport)


def test_a_proxy_gets_as_many_connections_as_the_sdk_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[httpx2.Limits] = []

    class Transport(httpx2.AsyncHTTPTransport):
        def __init__(self, *, proxy: str, limits: httpx2.Limits) -> None:
            assert proxy == "http://proxy.example.org:3128"
            taken.append(limits)

    monkeypatch.setattr(httpx2, "AsyncHTTPTransport", Transport)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.org:3128")
    transport_to(API)
    assert taken == [openai.DEFAULT_CONNECTION_LIMITS]

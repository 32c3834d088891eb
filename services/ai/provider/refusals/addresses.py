"""Recognises a wrong base URL by the URL alone, and suggests the right one."""

import re
from typing import Final
from urllib.parse import urlsplit

ASKED: Final = "/chat/completions"
LISTED: Final = "/models"

_OLLAMA: Final = ":11434"
_OLLAMA_API: Final = re.compile(r"/api(?:/(?:chat|generate|tags))?$")
# Paths of an API that people paste along.
_TAIL: Final = re.compile(r"/(?:chat(?:/completions)?|completions|messages|models|responses)$")
_BASES: Final = {
    "api.cohere.com": "/compatibility/v1",
    "api.deepinfra.com": "/v1/openai",
    "api.fireworks.ai": "/inference/v1",
    "api.groq.com": "/openai/v1",
    "dashscope.aliyuncs.com": "/compatible-mode/v1",
    "generativelanguage.googleapis.com": "/v1beta/openai",
    "open.bigmodel.cn": "/api/paas/v4",
    "openrouter.ai": "/api/v1",
}
"""The paths of hosts that have the API elsewhere than below /v1."""

# `/v1`, `/v1beta/openai`, and Azure's `/openai/deployments/…`.
_VERSION: Final = re.compile(r"/v\d+|/openai(?:/|$)")


def base_address(asked: str) -> str:
    """Return the base URL of a URL that was asked; "" where it has none."""
    return next((asked.removesuffix(p) for p in (ASKED, LISTED) if asked.endswith(p)), "")


def suggested_address(address: str) -> str:
    """Return the base URL that was perhaps meant, or "".

    People leave out `/v1`, name Ollama's own API, or paste the URL of the chat completions.
    """
    parts = urlsplit(address)
    written = parts.path.rstrip("/")
    path = _BASES.get(parts.hostname or "") or _with_version(parts.netloc, written)
    if path == written:
        return ""
    return parts._replace(path=path, query="", fragment="").geturl()


def _with_version(host: str, written: str) -> str:
    path = _OLLAMA_API.sub("", written) if host.endswith(_OLLAMA) else written
    path = _TAIL.sub("", path)
    return path if _VERSION.search(path) else f"{path}/v1"

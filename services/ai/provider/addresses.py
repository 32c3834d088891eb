"""What may be wrong with the address of an endpoint, told from the address alone."""

import re
from typing import Final
from urllib.parse import urlsplit

ASKED: Final = "/chat/completions"
LISTED: Final = "/models"
OLLAMA_API: Final = "/api"

# `/v1`, `/v1beta/openai`, and Azure's `/openai/deployments/…`.
_VERSION: Final = re.compile(r"/v\d+|/openai(?:/|$)")


def base_address(asked: str) -> str:
    """Return the base URL of one that was asked; "" where it can be none."""
    return next((asked.removesuffix(p) for p in (ASKED, LISTED) if asked.endswith(p)), "")


def suggested_address(address: str) -> str:
    """Return the base URL that was perhaps meant, or "".

    People leave `/v1` out, name Ollama's own API, or paste the whole URL that is asked in the end.
    """
    parts = urlsplit(address)
    written = parts.path.rstrip("/")
    path = written.removesuffix(ASKED)
    if not _VERSION.search(path):
        path = f"{path.removesuffix(OLLAMA_API)}/v1"
    if path == written:
        return ""
    return parts._replace(path=path, query="", fragment="").geturl()

"""HTTP as tests speak it: httpx2 gives up after five seconds, which a busy machine may take."""

import httpx2

from tests.support.waiting import DEADLINE_SECONDS


def http_client(base_url: str = "") -> httpx2.AsyncClient:
    """Make a client that waits for its answers."""
    return httpx2.AsyncClient(base_url=base_url, timeout=DEADLINE_SECONDS)

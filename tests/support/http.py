"""HTTP as tests speak it: httpx2 gives up after five seconds, which a busy machine may take."""

import httpx2

from tests.support.waiting import DEADLINE_SECONDS

# What browsers accept, in short. Who names no HTML gets a chat's page as its answer grows.
BROWSER = {"accept": "text/html, */*;q=0.8"}


def http_client(base_url: str = "") -> httpx2.AsyncClient:
    """Make a client that waits for its answers, and gets pages as a browser does."""
    return httpx2.AsyncClient(base_url=base_url, timeout=DEADLINE_SECONDS, headers=BROWSER)

"""A Chromium on a network of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shlex import join

import pytest
from playwright.async_api import Browser

from tests.support.browser import headless
from tests.support.chromium import MISSING, find_chromium
from tests.support.own_network import OwnNetwork


@asynccontextmanager
async def browser_on(network: OwnNetwork, folder: Path) -> AsyncIterator[Browser]:
    """Run a headless Chromium on `network`; `folder` keeps what starts it."""
    program = find_chromium()
    if program is None:
        pytest.fail(MISSING, pytrace=False)
    start = folder / "chromium"
    start.write_text(f'#!/bin/sh\nexec {join((*network.enter, str(program)))} "$@"\n')
    start.chmod(0o755)
    async with headless(start) as chromium:
        yield chromium

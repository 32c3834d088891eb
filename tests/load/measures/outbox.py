"""The outbox: how many publications a second web takes to the bus, and whether two take more."""

import time
from pathlib import Path
from typing import Final

from tests.load.accounting import settle
from tests.load.answers.stack import Web, running_stack, running_web
from tests.load.crowd import CrowdError
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_WAITING: Final = 4_000
_LOOK_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 60.0
_FILL: Final = """
INSERT INTO outbox (subject, message_id, payload)
SELECT 'turbo_stream.bench_' || n % 100, gen_random_uuid(),
    '<turbo-stream action="append" target="list"><template>1</template></turbo-stream>'
FROM generate_series(1, 4000) AS n
"""
_COUNT: Final = "SELECT count(*) FROM outbox"


def measure_outbox(_contender: Contender, folder: Path) -> Findings:
    """Return publications a second, of one web and of two."""
    return {
        "outbox_one": _rate(folder / "one", replicas=1),
        "outbox_two": _rate(folder / "two", replicas=2),
    }


def _rate(folder: Path, replicas: int) -> float:
    with running_stack(folder, {}) as stack, running_web(folder, stack, replicas=replicas) as web:
        if web.ask_database(_FILL).split() != ["INSERT", "0", str(_WAITING)]:
            raise CrowdError("the outbox was not filled")
        # From when the first are gone: a relay looks once a second.
        begun = _until_below(web, _WAITING)
        left = _count(web)
        return left / (_until_below(web, 1) - begun)


def _until_below(web: Web, limit: int) -> float:
    """Wait until fewer than `limit` are left and return when that was."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while _count(web) >= limit:
        if time.monotonic() > deadline:
            raise CrowdError("the outbox was not emptied")
        settle(_LOOK_SECONDS)
    return time.monotonic()


def _count(web: Web) -> int:
    return int(web.ask_database(_COUNT))

"""The cost of a growing answer: bytes to one viewer, and CPU to render and highlight it."""

import json
import time
from collections.abc import Iterable
from itertools import count, islice
from pathlib import Path
from typing import Final, NamedTuple

from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.worker import highlighted
from services.shared.markdown import Change, Splitter
from services.shared.pages.turbo import append, replace, update
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

# Characters: a token is taken for four, and eight of them come at a time.
_TOKEN: Final = 4
_PIECE: Final = 8 * _TOKEN
_BLOCK: Final = 32 * 1024
_TOKENS: Final = {"1k": 1_000, "10k": 10_000, "40k": 40_000}
_ROUNDS: Final = 3
_MILLI: Final = 1e3
_STREAMS: Final = {"append": append, "replace": replace, "update": update}

_SECTION: Final = """\
## {n}. Bounded queues

The quick answer, number {n}, is that a **bounded queue** keeps memory flat while `asyncio` waits
for the consumer. When the producer is faster it blocks on `put`, and that is what you want: the
pressure travels back to where it can be handled, see [the docs](https://docs.example/queue/{n}).

- **Producers** call `put` and wait when the queue is full
- **Consumers** call `get` and mark what they did as done
- The *sentinel* ends the loop, once for each of the {n} consumers
  - it may be `None`
  - it may be an object of your own

```python
async def produce_{n}(queue: asyncio.Queue[int]) -> None:
    for number in range({n}):
        await queue.put(number)
    await queue.put(-1)  # the end
```

| Call | Waits | Raises |
|------|:-----:|-------:|
| `put` | yes | never |
| `put_nowait` | no | `QueueFull` after {n} |

1. First, measure how long one item takes.
2. Then choose the size, $n_{{{n}}} = \\lambda t$, where $\\lambda$ is the rate.

   ```sh
   make bench part={n}
   ```

3. Finally, watch its length in production: a queue that is never full has no use.

> [!NOTE]
> Little's law holds for every queue that is stable, whatever its size.

$$
L_{{{n}}} = \\lambda W
$$

"""
_LONG_BLOCKS: Final = {
    "list": ("", "- item {n} with a **bold** word and some `code` in it\n"),
    "table": ("| name | value | note |\n|---|--:|---|\n", "| row {n} | {n} | some `code` here |\n"),
    "code": ("```python\n", "def function_{n}(value: int) -> int:\n    return value + {n}  # so\n"),
}


class Cost(NamedTuple):
    """Bytes sent, bytes of the final HTML, and milliseconds of CPU."""

    sent: int
    html: int
    cpu: float


def measure_markdown(_contender: Contender, _folder: Path) -> Findings:
    """Return bytes as multiples of the final HTML, milliseconds of CPU, and growth factors."""
    _stream(_document("", _SECTION, _BLOCK, start=1_000_000))
    mixed = {name: _cost("", _SECTION, tokens * _TOKEN) for name, tokens in _TOKENS.items()}
    blocks = {name: _cost(*block, _BLOCK) for name, block in _LONG_BLOCKS.items()}
    return {
        "markdown_bytes": _cost("", _SECTION, _BLOCK).sent / _cost("", _SECTION, _BLOCK).html,
        **{f"markdown_bytes_{name}": cost.sent / cost.html for name, cost in blocks.items()},
        **{f"markdown_cpu_{name}": cost.cpu for name, cost in (mixed | blocks).items()},
        "markdown_bytes_growth": mixed["10k"].sent / mixed["1k"].sent,
        "markdown_bytes_growth_on": mixed["40k"].sent / mixed["10k"].sent,
        "markdown_cpu_growth": mixed["10k"].cpu / mixed["1k"].cpu,
        "markdown_cpu_growth_on": mixed["40k"].cpu / mixed["10k"].cpu,
    }


def _cost(head: str, part: str, length: int) -> Cost:
    """Stream a few documents that differ, so that no cache has them, and take the cheapest."""
    starts = range(0, _ROUNDS * length, length)
    return min((_stream(_document(head, part, length, start)) for start in starts), key=_cpu)


def _cpu(cost: Cost) -> float:
    return cost.cpu


def _document(head: str, part: str, length: int, start: int = 0) -> str:
    parts = (part.format(n=start + number) for number in islice(count(1), length))
    text = head
    while len(text) < length:
        text += next(parts)
    return text[:length]


def _stream(document: str) -> Cost:
    pieces = [document[at : at + _PIECE] for at in range(0, len(document), _PIECE)]
    changes: list[Change] = []
    began = time.process_time()
    splitter = Splitter("message_7")
    for piece in pieces:
        changes += splitter.feed(piece)
        changes += splitter.colour(_colours(splitter.take_codes()))
    changes += splitter.finish().changes
    changes += splitter.colour(_colours(splitter.take_codes()))
    cpu = (time.process_time() - began) * _MILLI
    return Cost(_bytes(changes), len(splitter.whole.encode()), cpu)


def _colours(codes: Iterable[Code]) -> Colours:
    """Do the work of both processes in this one, with what goes from one to the other."""
    asked = ((code, json.loads(json.dumps(code))) for code in codes)
    return {code: json.loads(json.dumps(highlighted(*question))) for code, question in asked}


def _bytes(changes: Iterable[Change]) -> int:
    """Count what a viewer gets: each change as a Turbo Stream."""
    return sum(len(_STREAMS[c.action](c.target, c.html).encode()) for c in changes)

"""Long Markdown as models write it."""

from itertools import count, islice
from typing import Final

SECTION: Final = """\
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


def document(head: str, part: str, length: int, start: int = 0) -> str:
    """Return `head` and numbered repetitions of `part`, cut at `length` characters."""
    parts = (part.format(n=start + number) for number in islice(count(1), length))
    text = head
    while len(text) < length:
        text += next(parts)
    return text[:length]

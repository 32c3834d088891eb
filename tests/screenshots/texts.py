"""What is said in the chats of the pictures."""

from typing import Final

LONG_QUESTION: Final = "My queue grows until the process dies. How large should it be?"
LONG_ANSWER: Final = """\
A queue that grows without bound hides a consumer that is **too slow**. Give it a bound, and the \
producer will wait where the pressure arises:

```python
import asyncio


async def produce(queue: asyncio.Queue[int]) -> None:
    for number in range(1_000):
        await queue.put(number)  # waits while the queue is full
    await queue.put(-1)  # tells the consumer that this was all


queue: asyncio.Queue[int] = asyncio.Queue(maxsize=64)
```

How large it should be follows from Little's law, which holds for every stable queue:

$$
L = \\lambda W
$$

With $\\lambda = 200$ items a second and $W = 0.25$ seconds of work for each, about $L = 50$ of \
them are in the system at any time. So `maxsize=64` leaves some room for bursts.

| Call | Waits while full | Raises | Use it for |
|:--|:-:|:--|:--|
| `put` | yes | never | a producer that may wait |
| `put_nowait` | no | `QueueFull` | a callback that may not |
| `asyncio.wait_for(put)` | for a while | `TimeoutError` | a request with a deadline |

1. Measure how long one item takes, at the 95th percentile.
2. Choose the bound from that, and not from the memory that happens to be free.
3. Watch the queue's length: one that is never full has no use.

> [!TIP]
> A producer that must not wait should drop the *oldest* item, so that what is left is fresh.
"""
SHORT_ANSWER: Final = """\
Yes. `Queue.join()` returns once `task_done()` has been called for each item, so:

1. await the producers,
2. await `queue.join()`,
3. cancel the consumers.
"""
REASONING: Final = "The consumers loop for ever, so somebody has to end them: cancel them."
VERSIONS: Final = (
    "Call it *Drift*: short, and a boat does it, too.",
    "What about **Ebb**? Three letters, and every tide has one.",
    "**Mooring** would fit: it is where boats are when nobody sails them.",
)
HALF_AN_ANSWER: Final = """\
The three common ways are a token bucket, a leaky bucket and a sliding window. A **token bucket** \
holds at most $b$ tokens and gains $r$ of them a second. Each request takes one, and"""
RIGHT_TO_LEFT: Final = (
    (
        "اشرح لي الفرق بين الخيوط والعمليات",
        """\
**العملية** لها ذاكرة خاصة بها، أما **الخيط** فيشارك ذاكرة العملية مع غيره:

1. إنشاء الخيط أرخص من إنشاء العملية.
2. خطأ في خيط واحد قد يوقف العملية كلها.

```python
from threading import Thread

Thread(target=print, args=("مرحبا",)).start()
```

| | العملية | الخيط |
|---|---|---|
| الذاكرة | خاصة | مشتركة |
| التكلفة | أعلى | أقل |

وفي Python يمنع `GIL` تنفيذ خيطين معًا.
""",
    ),
    ("ומה עם asyncio?", "בלולאה אחת רצות משימות רבות, וכל `await` נותן לאחרות לרוץ.\n"),
)
TITLES: Final = (
    "Bounded queues and Little's law",
    "Packing list for five days in Bergen",
    "Why does my sourdough collapse?",
    "Regular expression for ISO dates",
    "Names for a small sailing boat",
    "Rewrite this paragraph for a ten-year-old",
    "Train or night bus to Trieste",
    "Explain eigenvalues with a picture",
    "SQL: gaps and islands",
    "A birthday speech for Marta",
    "How tides work",
    "Unit tests for a date parser",
    "Compare three standing desks",
    "Learning to read bass clef",
    "What to plant in October",
)

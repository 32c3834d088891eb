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
LONG_TITLE: Final = "Bounded queues and Little's law"
SEARCHED: Final = "tide"
# Of the other chats: title, question and answer, the newest first.
TALKS: Final = (
    (
        "Packing list for five days in Bergen",
        "What do I pack for five days in Bergen in October?",
        "Something for rain, whatever the forecast says: a shell, a second pair of shoes, wool.",
    ),
    (
        "Why does my sourdough collapse?",
        "My sourdough rises and then collapses in the oven. Why?",
        "It has proved for too long. Bake it when it has grown by half and not by twice.",
    ),
    (
        "Regular expression for ISO dates",
        "A regular expression for ISO dates, please",
        r"`\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])`, which lets 30 February pass.",
    ),
    (
        "Names for a small sailing boat",
        "A name for a small boat that sails with the tide?",
        "*Ebb* is short, and goes out with the tide. *Mooring* is where boats come home to.",
    ),
    (
        "Rewrite this paragraph for a ten-year-old",
        "Explain interest rates to a ten-year-old",
        "Lend a bank your money, and it pays you a little. Borrow some, and you pay it more.",
    ),
    (
        "Train or night bus to Trieste",
        "Is the train or the night bus better to Trieste?",
        "The train, if you like to sleep: it takes two hours longer, and you can lie down.",
    ),
    (
        "Explain eigenvalues with a picture",
        "What is an eigenvalue, as a picture?",
        "Stretch a sheet of rubber. Some arrows on it keep their direction and only get longer.",
    ),
    (
        "SQL: gaps and islands",
        "How do I find gaps in a series of dates?",
        "Subtract `row_number()` from the date: neighbours share the difference.",
    ),
    (
        "A birthday speech for Marta",
        "A short speech for Marta, who turns sixty and loves the sea",
        "Marta, you taught us that time and tide wait for nobody, and that dinner does.",
    ),
    (
        "How tides work",
        "Why are there two tides a day and not one?",
        "The Moon pulls at the near water most: a tide rises there, and one on the far side, too.",
    ),
    (
        "Unit tests for a date parser",
        "Which cases does a test of a date parser need?",
        "29 February in four kinds of years, midnight, the last second of a leap, and no date.",
    ),
    (
        "Compare three standing desks",
        "What should I look for in a standing desk?",
        "How steady it is at its highest, and how low it goes. The rest you get used to.",
    ),
    (
        "Learning to read bass clef",
        "How do I learn to read bass clef?",
        "The two dots hold F between them. Count from there, a few bars each day.",
    ),
    (
        "What to plant in October",
        "What can I plant in October?",
        "Garlic, broad beans and bulbs: whatever wants a winter before it wakes.",
    ),
)

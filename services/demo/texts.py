"""The demo model's texts, in markdown; `$name` marks what is filled in."""

WELCOME = """\
## Hello from the demo model

> You asked: “$question”

I am the model **built into Natter**, so that you can try it without a key. I don't understand \
what you write: this text was written beforehand. It still comes to you as every answer does, \
*over HTTP and token by token*, and each open page of this chat sees it grow.

### Connect a real model

Set what your endpoint needs and start Natter again; your chats are kept. With `make run` these \
are variables before the command, with `docker compose` lines of the file `.env`.

| Variable | What it is |
|---|---|
| `OPENAI_API_KEY` | your key |
| `OPENAI_BASE_URL` | the endpoint, where it isn't OpenAI |
| `OPENAI_MODEL` | the model's name |

With [Ollama](https://ollama.com/) on this machine, for example (from a container it is \
`host.docker.internal` in place of `127.0.0.1`):

```sh
OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=llama3.2 make run
```

Until then you can ask me to **count to 30**, for some **code**, a **table** or a **long** \
answer, and `/help` lists the ways I can go wrong.
"""

CODE = """\
> You asked: “$question”

I can't write code for you, being only the **built-in demo model**, but here is some that I know \
by heart. It yields the prime numbers, one after another:

```python
from collections.abc import Iterator
from itertools import count


def primes() -> Iterator[int]:
    \"\"\"Yield every prime number, the smallest first.\"\"\"
    found: list[int] = []
    for number in count(2):
        if all(number % prime for prime in found):
            found.append(number)
            yield number
```

And this asks the demo endpoint, on its usual port, for its models:

```sh
curl http://127.0.0.1:8003/v1/models
```

To have code written, connect a real model: set `OPENAI_MODEL`, and \
`OPENAI_API_KEY` or `OPENAI_BASE_URL`, and start Natter again.
"""

TABLE = """\
> You asked: “$question”

Here is a table, and since I am only the **built-in demo model**, it is always this one:

| Planet | Moons | Day, in hours | Known for |
|:---|---:|---:|:---|
| Mercury | 0 | 4,222.6 | a day longer than its year |
| Venus | 0 | 2,802.0 | clouds of *sulphuric acid* |
| Earth | 1 | 24.0 | tea |
| Mars | 2 | 24.7 | **Olympus Mons** |
| Jupiter | 95 | 9.9 | the Great Red Spot |
| Saturn | 274 | 10.7 | its rings |
| Uranus | 28 | 17.2 | lying on its side |
| Neptune | 16 | 16.1 | the fastest winds |

For other tables, connect a real model: set `OPENAI_MODEL`, and \
`OPENAI_API_KEY` or `OPENAI_BASE_URL`, and start Natter again.
"""

REASONING = """\
The user says: “$question”. I am the demo model, so nothing that I could think would change my \
answer. But whoever tries Natter will want to see where thoughts are shown.

They come first, and they are no part of the answer. Now I will write it.
"""

FAILING = "This answer was asked to fail (`/error {name}`), so it ends in the middle of a"
FAILING_REST = " sentence. This is its rest, which you have because you asked for it.\n"

TITLES = {
    "code": "Prime numbers in Python",
    "long": "How an answer reaches a page",
    "table": "Eight planets in a table",
}
NAMELESS_TITLE = "A chat with the demo model"

HELP = """\
## What the demo model can do

A message may begin with one of these. Anything else gets a friendly answer; *count to 30*, \
*code*, *table* and *long* in it choose which.

| Command | What happens |
|---|---|
$rows
"""

COMMANDS = (
    ("/echo TEXT", "answers with TEXT, exactly"),
    ("/slow N QUESTION", "answers QUESTION, or runs another command, at N tokens a second"),
    ("/think QUESTION", "thinks first, in `reasoning_content`"),
    ("/think-tags QUESTION", "thinks first, between `<think>` and `</think>` in the text"),
    ("/error rate_limit", "refuses with 429 and `Retry-After`"),
    ("/error context_length", "refuses: the conversation is too long"),
    ("/error auth", "refuses the API key"),
    ("/error model_missing", "refuses: there is no such model"),
    ("/error quota", "refuses: the account has nothing left"),
    ("/error not_found", "refuses with 404, as a server does that has no such path"),
    ("/error refused", "refuses with 400, and says why"),
    ("/error loading", "refuses with 503, as a server does that still loads its model"),
    ("/error tool", "asks for a tool in the place of an answer"),
    ("/error server", "fails with 500"),
    ("/error unreachable", "fails with 502, as a proxy does whose model is away"),
    ("/error nothing", "ends the stream before it has said anything"),
    ("/error timeout", "says nothing at all, for ten minutes at most"),
    ("/error stall", "falls silent in mid-answer, for ten minutes at most"),
    ("/error content_filter", "ends with the finish reason `content_filter`"),
    ("/error length", "ends with the finish reason `length`; it can be continued"),
    ("/error cut", "ends the stream without a finish reason"),
    ("/error disconnect", "drops the connection in mid-answer"),
    ("/error malformed", "sends rubbish in mid-answer"),
    ("/error in_stream", "reports an error inside the stream"),
    ("/help", "shows this list"),
)

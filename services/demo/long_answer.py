"""The demo model's long answer, in markdown; `$name` marks what is filled in."""

OPENING = """\
# A long answer

> You asked: “$question”

This is the **built-in demo model**. You said *long*, so here is how an answer reaches you, in \
$chapters parts that come round again after the fifth. A real model is connected with \
`OPENAI_MODEL`, and `OPENAI_API_KEY` or `OPENAI_BASE_URL`.
"""

CHAPTERS = (
    """\
## $number. Somebody writes

A message begins as an ordinary **form**. The browser posts it, the server checks it and stores \
it, and only then does anybody else hear of it. What is stored first can't be lost later:

- the message itself, with its author and its place in the chat;
- an empty answer, which is waiting for its first word;
- a note of everything that has still to be told to others.

All three are written in *one* transaction. If the machine stops right after it, the note is \
found when it starts again, and the story goes on as if nothing had happened. If the machine \
stops right before it, nothing was promised to anyone, and the text is still in the form.

> A promise is cheap to make and dear to keep. Write it down first.
""",
    """\
## $number. The news travels

Messages between the services are like letters: they have an *address*, and nobody needs to know \
who reads them. The address of a chat is short:

```text
turbo_stream.chat_42
```

Whoever has the chat open subscribes to it, and whoever has something to say publishes to it. \
The two never meet. That is why a second page, a second person or a small script from the \
command line can take part without a line of code being changed for them. The post office \
confirms every letter that it has taken, so that a sender whose letter got lost on the way there \
knows it and **sends it again**, and it throws away the second copy where both arrive.
""",
    """\
## $number. The model thinks

A worker takes the job and opens a stream to the model. From then on text arrives in small \
pieces, called *tokens*. They are about four characters long:

| Piece | Characters | Where it is cut |
|---|---:|---|
| `Hello` | 5 | at the word's end |
| ` world` | 6 | with the space before it |
| `!` | 1 | a sign alone |

Sending each of them on by itself would be wasteful, and waiting for the whole answer would be \
dull. So the **first piece goes at once**, and the later ones are gathered for a few hundredths \
of a second, which the eye doesn't notice. The faster the model is, the more of them travel \
together, and the work for each piece falls as their number rises.
""",
    """\
## $number. Text becomes a page

The model writes markdown, and the page wants HTML. The simple way is to translate the whole \
text again for every new word, but then an answer twice as long costs *four times* as much. It \
is better to look at what is finished:

1. A paragraph that has ended will never change, so it is sent once and left alone.
2. Only the last, open piece is sent again while it grows.
3. Where one piece ends is judged by whole lines, never by half of one.
4. At the end the whole is sent once more, and the page changes only what differs.

On the way everything dangerous is taken out. A model repeats what it has read, and what it has \
read may have been written by **somebody with bad intentions**.
""",
    """\
## $number. Somebody reads

The page shows what has arrived and follows it downwards, but only while the reader is at the \
end. Whoever has scrolled up to read something again is *left in peace*. A short piece of code \
decides:

```js
const distance = list.scrollHeight - list.scrollTop - list.clientHeight;
if (distance < 100) list.scrollTo({ top: list.scrollHeight });
```

When the connection breaks, in a tunnel or a lift, the page keeps what it has, tries again with \
growing patience, and then fetches whatever it missed. ~~Please reload the page~~ is not something \
it asks of anybody. And whoever closes the page altogether finds the answer \
**complete** on coming back, because the model's work doesn't hang on anybody's watching it.
""",
)

ENDING = """\
## The end

That was a long answer. Thank you for *reading it*, or for scrolling **all the way down**.
"""

"""Whatever takes text from a person, a model, an endpoint or the network: one function each.

To add a target, write a function of one text here. It runs in a process of its own.
"""

import asyncio
import io
import json
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.types import Message

from deploy.local.lines import read_lines, without_colour
from services.ai.answers.context_window import estimate_tokens
from services.ai.provider.ask import Ask
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.refusal_parser import read_refusal
from services.ai.provider.refusals.retry_after import retry_after
from services.ai.provider.request.dialect import Dialect, refuses_continuation
from services.ai.provider.settings import ConnectionSettings
from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.reasoning import TagSplitter
from services.ai.provider.stream.server_sent_events import EventParser
from services.ai.provider.stream.whole_messages import WholeMessages
from services.ai.titles import clean_title
from services.realtime.upgrade.request_head import read_upgrade
from services.shared.bus.messages import Turn
from services.shared.bus.position import Cursor
from services.shared.bus.subjects import check_group
from services.shared.markdown import Splitter, render, without_data_images
from services.shared.markdown.html.links import linked_prose
from services.shared.markdown.maths.formulas import MAX_FORMULA, formula_html
from services.shared.markdown.maths.tex_dialect import normalize_tex
from services.shared.markdown.safety.addresses import safe_href
from services.shared.markdown.words import MOST_CHARS, plain_words
from services.shared.pages.turbo_syntax import check_turbo_streams
from services.shared.process.logging import configure_logging, get_logger
from services.shared.process.terminal import printable
from services.shared.stream_token import MAX_TOKEN_CHARS, StreamKeys
from services.web.forms import read_fields, validate
from services.web.messages.forms import MessageForm
from tests.soak.fragments import (
    CJK,
    ENVIRONMENTS,
    EVENTS,
    FENCES,
    FOLDS,
    FORMS,
    HEADS,
    HTML,
    IMAGES,
    JSON,
    MARKDOWN,
    PRICES,
    REFUSALS,
    SPACE,
    TAGS,
    TERMINAL,
    TEX,
    TURBO,
    URLS,
    WORDS,
)
from tests.soak.registry import TARGETS, target

__all__ = ["TARGETS"]

ANSWER: Final = 200_000
PIECE: Final = 9
REFUSED: Final = 8192
HEAD: Final = 16_384
BODY: Final = 1_000_000
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
MASK: Final = Mask(["soak" * 8])
KEYS: Final = StreamKeys(["soak" * 8])
HARMONY: Final = "<|channel|>analysis<|message|>"
_TITLES: Final = (
    *(f"services.ai.titles.{name}" for name in ("choosing", "lines", "refusals")),
    "services.shared.markdown.words",
)
_PROVIDER: Final = tuple(
    f"services.ai.provider.{name}"
    for name in ("refusals.context_limits", "refusals.refusal", "request.dialect")
)

_HARMONY: Final = ("services.ai.provider.stream.harmony_headers",)
_WAITS: Final = ("services.ai.provider.refusals.retry_after",)


@target(MARKDOWN, HTML, URLS, SPACE, WORDS, longest=ANSWER)
def rendered_markdown(text: str) -> object:
    return render(text, id_prefix="m")


@target(MARKDOWN, HTML, URLS, SPACE, WORDS, longest=ANSWER)
def growing_markdown(text: str) -> object:
    splitter = Splitter("m")
    for begin in range(0, len(text), PIECE):
        splitter.feed(text[begin : begin + PIECE])
    return splitter.finish()


@target(MARKDOWN, SPACE, WORDS, longest=ANSWER)
def growing_markdown_line_by_line(text: str) -> object:
    splitter = Splitter("m")
    for line in text.splitlines(keepends=True):
        splitter.feed(line)
    return splitter.finish()


@target(CJK, longest=ANSWER)
def emphasis_beside_cjk(text: str) -> object:
    return rendered_markdown(text), growing_markdown(text)


@target(FENCES, longest=ANSWER)
def fences_within_fences(text: str) -> object:
    return rendered_markdown(text), growing_markdown(text)


@target(ENVIRONMENTS, longest=ANSWER)
def environments_without_dollars(text: str) -> object:
    return rendered_markdown(text), growing_markdown(text)


@target(PRICES, longest=ANSWER)
def prices_beside_formulas(text: str) -> object:
    return rendered_markdown(text), growing_markdown(text)


@target(FOLDS, MARKDOWN, SPACE, WORDS, longest=ANSWER)
def rendered_tags(text: str) -> object:
    return render(text, id_prefix="m")


@target(FOLDS, MARKDOWN, SPACE, WORDS, longest=ANSWER)
def growing_tags(text: str) -> object:
    return growing_markdown(text)


@target(
    IMAGES,
    WORDS,
    SPACE,
    longest=ANSWER,
    modules=(
        "services.shared.markdown.parse.data_images",
        "services.shared.markdown.parse.alt_texts",
    ),
)
def images_in_a_text(text: str) -> object:
    return growing_markdown(text), without_data_images(text)


@target(TEX, SPACE, WORDS, longest=ANSWER)
def rendered_formulas(text: str) -> object:
    return render(text, id_prefix="m")


@target(
    TEX, SPACE, WORDS, longest=MAX_FORMULA, modules=("services.shared.markdown.maths.formulas",)
)
def formula(text: str) -> object:
    return formula_html(text, display=True)


@target(TEX, SPACE, WORDS, longest=MAX_FORMULA)
def plainer_formula(text: str) -> object:
    return normalize_tex(text)


@target(URLS, SPACE, WORDS, longest=ANSWER, modules=("services.shared.markdown.html.links",))
def links_in_prose(text: str) -> object:
    return linked_prose(text), safe_href(text)


@target(MARKDOWN, HTML, TAGS, WORDS, SPACE, longest=32_000, modules=_TITLES)
def title(text: str) -> object:
    return clean_title(text)


@target(MARKDOWN, HTML, TEX, SPACE, longest=MOST_CHARS, modules=("services.shared.markdown.words",))
def words(text: str) -> object:
    return plain_words(text)


@target(TAGS, WORDS, SPACE, longest=ANSWER)
def thoughts_between_tags(text: str) -> object:
    tags = TagSplitter()
    for begin in range(0, len(text), PIECE):
        tags.feed(text[begin : begin + PIECE])
    return tags.finish()


@target(TAGS, WORDS, SPACE, longest=ANSWER)
def thoughts_at_once(text: str) -> object:
    return TagSplitter().feed(text)


@target(
    TAGS, WORDS, SPACE, longest=ANSWER, modules=("services.ai.provider.stream.harmony_headers",)
)
def thoughts_in_harmony(text: str) -> object:
    tags = TagSplitter()
    for begin in range(0, len(text), PIECE):
        tags.feed(HARMONY * (not begin) + text[begin : begin + PIECE])
    return TagSplitter().feed(HARMONY + text), tags.finish()


@target(TAGS, WORDS, SPACE, longest=ANSWER)
def answer_behind_thoughts(text: str) -> object:
    tags = TagSplitter()
    tags.feed("<think></think><answer>")
    for begin in range(0, len(text), PIECE):
        tags.feed(text[begin : begin + PIECE])
    return tags.finish()


@target(TAGS, WORDS, SPACE, longest=ANSWER)
def text_in_messages(text: str) -> object:
    texts, begun = WholeMessages(), len(text) // 2
    texts.add(text[:begun])
    parts = [text[begin : begin + PIECE] for begin in range(0, len(text), PIECE)]
    return [texts.new(part, is_last=False) for part in parts]


@target(REFUSALS, WORDS, SPACE, longest=BODY, modules=_PROVIDER)
def refusal(text: str) -> object:
    body = json.dumps({"error": {"message": text, "param": text, "code": text}})
    found = read_refusal(400, {}, body.encode())
    request = Dialect().write(
        Ask(turns=[Turn(role="system", content="a")], max_tokens=1),
        "model",
        ConnectionSettings(),
        (),
    )
    return (
        found.as_error("soak", MASK),
        Dialect().learn(request, found),
        refuses_continuation(request, found),
    )


@target(JSON, REFUSALS, HTML, longest=BODY)
def refusal_of_any_shape(text: str) -> object:
    return read_refusal(400, {}, text.encode(errors="replace")).as_error("soak", MASK)


@target(
    REFUSALS, WORDS, SPACE, longest=REFUSED, modules=("services.ai.provider.refusals.retry_after",)
)
def waiting_times(text: str) -> object:
    names = ("retry-after", "retry-after-ms", "date", "x-ratelimit-reset")
    return retry_after({}, text, NOW), [retry_after({name: text}, "", NOW) for name in names]


@target(JSON, TAGS, WORDS, longest=BODY)
def chunk_of_an_answer(text: str) -> object:
    return ChunkReader().read(text.encode(errors="replace"))


@target(EVENTS, JSON, longest=BODY)
def server_sent_events(text: str) -> object:
    parser, data = EventParser(), text.encode(errors="replace")
    for begin in range(0, len(data), PIECE):
        parser.feed(data[begin : begin + PIECE])
    return parser.finish()


@target(MARKDOWN, WORDS, SPACE, longest=ANSWER)
def tokens_of_a_prompt(text: str) -> object:
    return estimate_tokens(text)


@target(TURBO, HTML, SPACE, WORDS, longest=BODY)
def turbo_streams(text: str) -> object:
    check_turbo_streams(text)
    return text


@target(WORDS, URLS, longest=MAX_TOKEN_CHARS)
def stream_token(text: str) -> object:
    return KEYS.verify(text)


@target(WORDS, URLS, longest=HEAD)
def group_in_an_address(text: str) -> object:
    return check_group(text)


@target(WORDS, URLS, longest=HEAD)
def cursor_in_an_address(text: str) -> object:
    return Cursor.parse(text)


@target(HEADS, WORDS, longest=HEAD, modules=("services.realtime.upgrade.request_head",))
def head_of_an_upgrade(text: str) -> object:
    return read_upgrade(text.encode(errors="replace"))


@target(FORMS, WORDS, longest=BODY)
def form_in_an_address(text: str) -> object:
    return _fields(text, b"application/x-www-form-urlencoded")


@target(FORMS, WORDS, longest=BODY)
def form_of_several_parts(text: str) -> object:
    return _fields(f"--b\r\n{text}\r\n--b--\r\n", b"multipart/form-data; boundary=b")


@target(FORMS, WORDS, longest=HEAD)
def type_of_a_form(text: str) -> object:
    return _fields("--b--\r\n", b"multipart/form-data; " + text.encode(errors="replace"))


@target(WORDS, SPACE, TERMINAL, longest=BODY)
def message_that_was_typed(text: str) -> object:
    return validate(MessageForm, {"content": text}, {"max_chars": 32_000})


@target(TERMINAL, JSON, WORDS, SPACE, longest=BODY)
def log_lines(text: str) -> object:
    for log_format in ("json", "console"):
        configure_logging("info", log_format)
        get_logger("soak").info("event", said=text)
    return [without_colour(line) for line in read_lines(io.BytesIO(text.encode(errors="replace")))]


@target(TERMINAL, WORDS, SPACE, longest=BODY)
def line_for_a_terminal(text: str) -> object:
    return printable(text)


def _fields(body: str, content_type: bytes) -> object:
    async def receive() -> Message:
        return {"type": "http.request", "body": body.encode(errors="replace")}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", content_type)]}

    async def read() -> object:
        return await read_fields(Request(scope, receive))

    return asyncio.run(read())

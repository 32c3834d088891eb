"""Logs: one line for each event, ours and the libraries', and no local variables."""

import io
import json
import logging
import sys
from dataclasses import dataclass
from typing import override

import pytest

from services.shared.process.logging import configure_logging, get_logger
from services.shared.process.settings import LogFormat

pytestmark = pytest.mark.usefixtures("restored_logging")


def fail(text: str = "no") -> None:
    password = "hunter2-secret"  # noqa: F841 - a traceback with local variables would show it
    raise ValueError(text)


def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    formats: tuple[LogFormat, ...] = ("json", "console")
    for log_format in formats:
        configure_logging("info", log_format)
        for logger in (get_logger("test"), logging.getLogger("a.library")):
            try:
                fail()
            except ValueError:
                logger.exception("it_failed")
        said = capsys.readouterr()
        assert said.out.count("it_failed") == 2
        assert said.out.count("ValueError") >= 2
        assert "hunter2-secret" not in said.out.replace('password = "hunter2-secret"', "")
        assert said.err == ""


def test_json_logs_hold_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    get_logger("test").info("answer_ended", message_id=7, text='quo"te\nline')
    logging.getLogger("a.library").warning("something %s", "odd")
    ours, theirs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (ours["event"], ours["message_id"], ours["part"]) == ("answer_ended", 7, "test")
    assert (ours["level"], ours["text"]) == ("info", 'quo"te\nline')
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("something odd", "warning")


def test_console_logs_have_no_colours_outside_of_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("info", "console")
    get_logger("test").info("answer_ended", message_id=7)
    line = capsys.readouterr().out
    assert "answer_ended" in line
    assert "message_id=7" in line
    assert "\x1b" not in line
    assert line.count("\n") == 1


def test_lower_levels_are_left_out_and_libraries_only_warn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("debug", "json")
    get_logger("test").debug("ours")
    logging.getLogger("a.library").info("theirs")
    configure_logging("warning", "json")
    get_logger("test").info("too little")
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["ours"]


STEERING = [
    *map(chr, range(32)),
    "\x7f",
    *map(chr, range(0x80, 0xA0)),
    *"\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff",
    "\udfff",
    "\ud800",
]
FORGED = "\n2026-11-29 [info     ] forged"
TEXTS = [*(f"a{each}b" for each in STEERING), FORGED, "".join(STEERING)]


@dataclass
class Odd:
    """An object with an arbitrary repr."""

    text: str

    @override
    def __repr__(self) -> str:
        return self.text


def log_everywhere(text: str) -> None:
    """Log `text` in an event, in fields, in an exception, and as a library would."""
    ours, theirs = get_logger("test"), logging.getLogger("a.library")
    ours.info(f"said {text}", path=text, pieces=[text], odd=Odd(text), **{f"key{text}": 1})
    theirs.warning("said %s", text, stack_info=True)
    try:
        fail(text)
    except ValueError:
        ours.exception("failed", path=text)
        theirs.exception(text)


def test_no_text_steers_a_terminal_or_looks_like_another_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("info", "console")
    for text in TEXTS:
        log_everywhere(text)
        lines = capsys.readouterr().out.split("\n")
        assert lines.pop() == ""
        assert all(line.isprintable() for line in lines), ascii(text)
        events = [line for line in lines if line and not line.startswith(("  ", "==="))]
        assert len(events) == 4, ascii(text)
        assert "ValueError" in "\n".join(lines)


def test_json_is_printable_ascii_and_keeps_every_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    for text in TEXTS:
        log_everywhere(text)
        lines = capsys.readouterr().out.splitlines()
        assert all(line.isascii() and line.isprintable() for line in lines), ascii(text)
        first, second, third, fourth = map(json.loads, lines)
        assert (first["event"], first["path"], first["pieces"]) == (f"said {text}", text, [text])
        assert first[f"key{text}"] == 1
        assert second["event"] == f"said {text}"
        assert third["exception"].endswith(f"ValueError: {text}")
        assert fourth["event"] == text


def test_a_traceback_on_a_console_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")
    log_everywhere("no")
    trace = capsys.readouterr().out.partition("failed")[2].splitlines()[1:]
    assert trace[0] == "  Traceback (most recent call last):"
    assert trace[1].startswith('    File "')
    assert "  ValueError: no" in trace


def test_characters_outside_the_outputs_encoding_are_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    configure_logging("info", "console")
    log_everywhere("Grüße \N{SPEECH BALLOON}")
    sys.stdout.flush()
    assert written.getvalue().count(b"Gr\xfc\xdfe \\U0001f4ac") >= 4

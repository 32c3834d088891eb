"""Logs: one line an event, of our own parts and of libraries, and no local variable in a trace."""

import json
import logging

import pytest

from services.shared.logging import configure_logging, get_logger

pytestmark = pytest.mark.usefixtures("restored_logging")


def fail() -> None:
    password = "hunter2-secret"
    raise ValueError(f"no {len(password)}")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_trace_shows_no_local_variables(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging("info", "json" if log_format == "json" else "console")
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


def test_console_logs_are_plain_text_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("info", "console")
    get_logger("test").info("answer_ended", message_id=7)
    line = capsys.readouterr().out
    assert "answer_ended" in line
    assert "message_id=7" in line
    assert "\x1b" not in line
    assert line.count("\n") == 1


def test_what_is_below_the_level_is_left_out_and_libraries_only_warn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("debug", "json")
    get_logger("test").debug("ours")
    logging.getLogger("a.library").info("theirs")
    configure_logging("warning", "json")
    get_logger("test").info("too little")
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["ours"]

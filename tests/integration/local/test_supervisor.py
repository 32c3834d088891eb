import os
import re
import signal
from pathlib import Path

import pytest

from deploy.local.supervisor import MOST_ENDS
from tests.integration.local.launching import (
    POLITE,
    SAYS_BYE,
    STAYS,
    STUBBORN,
    is_running,
    launched,
    wait_for_file,
    wait_until,
)
from tests.support.waiting import DEADLINE_SECONDS

READY = 'print("ready", flush=True)\n'


def test_every_line_carries_the_name_of_its_process(tmp_path: Path) -> None:
    with launched(tmp_path, ("one", POLITE), ("two", POLITE)) as launcher:
        launcher.wait_for("all up")
        assert launcher.end() == 0
    lines = launcher.text().splitlines()
    assert {"one      | ready", "two      | ready", "natter   | all up"} <= set(lines)
    assert all(re.match(r"(one|two|natter) +\| ", line) for line in lines)


def test_ctrl_c_stops_in_reverse_order(tmp_path: Path) -> None:
    with launched(tmp_path, ("one", POLITE), ("two", POLITE), ("three", POLITE)) as launcher:
        launcher.wait_for("all up")
        assert launcher.end() == 0
    assert re.findall(r"(\w+) +\| bye", launcher.text()) == ["three", "two", "one"]


def test_sigterm_and_a_closed_terminal_stop_it_as_well(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        with launched(tmp_path, ("one", POLITE)) as launcher:
            launcher.wait_for("all up")
            assert launcher.end(number) == 0
        assert launcher.text().endswith("natter   | Stopped.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_twice_kills_nothing(tmp_path: Path, number: signal.Signals) -> None:
    let_go = tmp_path / "let go"
    slow = POLITE.replace("    os.write", f"    {wait_for_file(let_go)}\n    os.write")
    with launched(tmp_path, ("one", slow)) as launcher:
        launcher.wait_for("all up")
        launcher.process.send_signal(number)
        launcher.wait_for("Stopping.")
        launcher.process.send_signal(number)
        let_go.touch()
        assert launcher.process.wait(DEADLINE_SECONDS) == 0
    assert "one      | bye" in launcher.text()


def test_one_signal_to_all_processes_is_a_stop_and_no_failure(tmp_path: Path) -> None:
    children = [("one", POLITE), ("kept", POLITE)]
    with launched(tmp_path, *children) as launcher:
        launcher.wait_for("all up")
        for name, _ in children:
            os.kill(launcher.pid_of(name), signal.SIGTERM)
        wait_until(lambda: launcher.text().count("| bye") == len(children), launcher.text)
        assert launcher.end(signal.SIGTERM) == 0
    assert "natter   | Stopped." in launcher.text()
    assert "starting it again" not in launcher.text()


def test_a_kept_one_that_is_killed_is_started_again_and_stopped_with_the_others(
    tmp_path: Path,
) -> None:
    with launched(tmp_path, ("one", POLITE), ("kept", POLITE)) as launcher:
        launcher.wait_for("all up")
        os.kill(launcher.pid_of("kept"), signal.SIGKILL)
        launcher.wait_for("kept was ended by SIGKILL: starting it again.")
        wait_until(lambda: launcher.text().count("kept     | ready") == 2, launcher.text)
        assert launcher.end() == 0
    assert re.findall(r"(\w+) +\| bye", launcher.text()) == ["kept", "one"]


def test_a_kept_one_that_ends_again_and_again_stops_the_rest(tmp_path: Path) -> None:
    is_kept = tmp_path / "is kept"
    dying = f"{READY}{wait_for_file(is_kept)}"
    with launched(tmp_path, ("one", POLITE), ("kept", dying)) as launcher:
        launcher.wait_for("all up")
        is_kept.touch()
        assert launcher.process.wait(DEADLINE_SECONDS) == 1
    assert launcher.text().count("starting it again.") == MOST_ENDS
    assert "kept ended with exit code 0: stopping the rest." in launcher.text()


def test_one_dying_stops_the_rest_and_its_reason_comes_last(tmp_path: Path) -> None:
    dying = f"{READY}import time; time.sleep(0.5); print('out of paper'); raise SystemExit(3)"
    with launched(tmp_path, ("one", POLITE), ("printer", dying), ("three", POLITE)) as launcher:
        assert launcher.process.wait(DEADLINE_SECONDS) == 1
    assert re.findall(r"(\w+) +\| bye", launcher.text()) == ["three", "one"]
    last = launcher.text().splitlines()[-3:]
    assert last[0] == "natter   | printer ended with exit code 3"
    assert last[1:] == ["natter   |     ready", "natter   |     out of paper"]


def test_a_killed_child_is_named_with_its_signal(tmp_path: Path) -> None:
    dying = f"{READY}import os; os.kill(os.getpid(), 9)"
    with launched(tmp_path, ("one", POLITE), ("two", dying)) as launcher:
        assert launcher.process.wait(DEADLINE_SECONDS) == 1
    assert "natter   | two was ended by SIGKILL" in launcher.text().splitlines()[-2:]


def test_one_that_fails_to_start_stops_what_was_started(tmp_path: Path) -> None:
    failing = "print('no such table'); raise SystemExit(4)"
    with launched(tmp_path, ("one", POLITE), ("two", failing)) as launcher:
        assert launcher.process.wait(DEADLINE_SECONDS) == 1
    assert "one      | bye" in launcher.text()
    assert "two ended with exit code 4\nnatter   |     no such table\n" in launcher.text()


def test_a_program_that_does_not_exist_stops_what_was_started(tmp_path: Path) -> None:
    with launched(tmp_path, ("one", POLITE), ("two", "\0")) as launcher:
        assert launcher.process.wait(DEADLINE_SECONDS) == 1
    assert "one      | bye" in launcher.text()


def test_a_stop_while_starting_stops_what_was_started(tmp_path: Path) -> None:
    never_ready = "import time; print('starting', flush=True); time.sleep(600)"
    with launched(tmp_path, ("one", POLITE), ("two", never_ready)) as launcher:
        launcher.wait_for("starting")
        assert launcher.end() == 0
    assert "one      | bye" in launcher.text()


def test_a_second_signal_kills_what_does_not_end(tmp_path: Path) -> None:
    with launched(tmp_path, ("one", STUBBORN)) as launcher:
        launcher.wait_for("all up")
        launcher.process.send_signal(signal.SIGINT)
        launcher.wait_for("Stopping.")
        assert launcher.end() == 130
        pid = launcher.pid_of("one")
        wait_until(lambda: not is_running(pid), launcher.text)


def test_nothing_outlives_a_killed_launcher(tmp_path: Path) -> None:
    with launched(tmp_path, ("one", POLITE), ("two", POLITE)) as launcher:
        launcher.wait_for("all up")
        launcher.end(signal.SIGKILL)
        pids = [launcher.pid_of(name) for name in ("one", "two")]
        wait_until(lambda: not any(map(is_running, pids)), launcher.text)


def test_the_next_start_waits_for_what_a_killed_launcher_left(tmp_path: Path) -> None:
    let_go = tmp_path / "let go"
    slow = POLITE.replace(r'os.write(1, b"bye\n")', wait_for_file(let_go))
    with launched(tmp_path, ("one", slow)) as launcher:
        launcher.wait_for("all up")
        pid = launcher.pid_of("one")
        launcher.end(signal.SIGKILL)
    with launched(tmp_path, ("one", POLITE)) as launcher:
        launcher.wait_for("waiting until what it left has stopped")
        assert is_running(pid)
        let_go.touch()
        launcher.wait_for("all up")
        assert not is_running(pid)
        assert launcher.end() == 0


def test_a_second_launcher_of_the_same_folder_names_the_first(tmp_path: Path) -> None:
    with launched(tmp_path, ("one", POLITE)) as first:
        first.wait_for("all up")
        with launched(tmp_path, ("one", POLITE)) as second:
            assert second.process.wait(DEADLINE_SECONDS) == 1
        assert "already running here: http://127.0.0.1:1" in second.text()
        assert f"(process {first.process.pid})" in second.text()
        assert first.end() == 0


def test_long_and_unfinished_lines_survive(tmp_path: Path) -> None:
    code = f"{SAYS_BYE}os.write(1, b'x' * 700_000 + b'!')\nos.write(1, b'\\nhalf'){STAYS}"
    with launched(tmp_path, ("one", code)) as launcher:
        launcher.wait_for("!")
        assert launcher.end() == 0
    lines = launcher.text().splitlines()
    assert f"one      | {'x' * 700_000}!" in lines
    assert "one      | halfbye" in lines


def test_lines_of_two_processes_are_never_mixed(tmp_path: Path) -> None:
    begin = tmp_path / "begin"
    chatter = "[print(f'{name * 5000}', flush=True) for _ in range(300)]"
    code = f"{SAYS_BYE}{wait_for_file(begin)}\n{chatter}{STAYS}"
    children = [(name, f"name = {name!r}\n{code}") for name in ("a", "b")]
    with launched(tmp_path, *children) as launcher:
        launcher.wait_for("all up")
        begin.touch()
        wait_until(lambda: launcher.text().count("\n") >= 605, launcher.text)
        assert launcher.end() == 0
    long = [line for line in launcher.text().splitlines() if len(line) > 1000]
    assert len(long) == 600
    assert all(re.fullmatch(r"(a +\| a{5000})|(b +\| b{5000})", line) for line in long)


def test_what_a_terminal_would_act_on_is_taken_out(tmp_path: Path) -> None:
    code = f"print('\\x1b]0;title\\x07 \\x1b[31mred\\x1b[0m \\x1b[2J')\n{POLITE}"
    with launched(tmp_path, ("one", code)) as launcher:
        launcher.wait_for("all up")
        assert launcher.end() == 0
    assert "one      | ]0;title red [2J" in launcher.text().splitlines()

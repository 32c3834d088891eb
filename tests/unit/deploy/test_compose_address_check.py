import subprocess
import sys

import pytest

from deploy.compose.address_check import CONSENT, objection
from tests.support.printed import ROOT

ANYWHERE = "0.0.0.0"  # noqa: S104 - it is to be refused
LOOPBACK = ["", "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]
# The engine takes each for all addresses.
NO_PLAIN_ADDRESSES = [
    "localhost",
    "::1%lo",
    "[::1]",
    "127.1",
    "127.0.0.1 ",
    "127.0.0.1.evil",
    "example.org",
]
OTHERS = [ANYWHERE, "::", "192.168.1.7", "10.0.0.1", "2001:db8::1", *NO_PLAIN_ADDRESSES]


def test_this_machine_alone_is_no_danger() -> None:
    assert objection({}) is None
    assert [one for one in LOOPBACK if objection({"NATTER_BIND": one}) is not None] == []


def test_any_other_address_is_refused_in_one_sentence() -> None:
    for address in OTHERS:
        said = objection({"NATTER_BIND": address, "NATTER_DOMAIN": ""}) or ""
        assert f"NATTER_BIND={address}," in said
        assert said.endswith(f"{CONSENT}=yes."), address
        assert said.count(". ") == said.count("\n") == 0, address
        assert (": write 127.0.0.1, or say" in said) == (address in NO_PLAIN_ADDRESSES), address


@pytest.mark.parametrize("address", ["", "127.0.0.1"])
def test_a_domain_is_refused_whatever_the_address(address: str) -> None:
    said = objection({"NATTER_BIND": address, "NATTER_DOMAIN": "chat.example.org"})
    assert "NATTER_DOMAIN=chat.example.org," in (said or "")


@pytest.mark.parametrize("setting", [{"NATTER_BIND": ANYWHERE}, {"NATTER_DOMAIN": "a.example"}])
def test_only_a_plain_yes_says_that_it_is_meant(setting: dict[str, str]) -> None:
    assert objection({**setting, CONSENT: "yes"}) is None
    for other in ("", "no", "true", "1", "YES", "yes "):
        assert objection({**setting, CONSENT: other}) is not None


def test_as_a_program_it_ends_with_the_sentence_or_with_nothing() -> None:
    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.compose.address_check"]
        return subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
        )

    refused = run(NATTER_BIND=ANYWHERE)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"{objection({'NATTER_BIND': ANYWHERE})}\n"
    passed = run(NATTER_BIND="127.0.0.1")
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, "", "")

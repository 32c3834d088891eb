"""`deploy/SIZING.md` names the rows that print its figures; each has to be there."""

import re

from tests.load.child import ROOT
from tests.load.scaling.rows import rows
from tests.load.table import ROWS

SIZING = ROOT / "deploy/SIZING.md"
KEYS = [row.key for row in (*ROWS, *rows())]
# Such as `page_web`: of letters and numbers in lower case, with an underscore.
NAMED = re.compile(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`")
# Names of other things that look the same.
OTHERS = {"max_connections", "nf_conntrack_max", "head_check", "last_seen"}


def test_every_row_that_is_named_is_printed() -> None:
    named = set(NAMED.findall(SIZING.read_text())) - OTHERS
    assert len(named) > 40
    assert named <= set(KEYS)


def test_what_is_no_row_is_named_all_the_same() -> None:
    text = SIZING.read_text()
    assert {other for other in OTHERS if f"`{other}`" not in text} == set()


def test_no_two_rows_share_a_key() -> None:
    assert len(KEYS) == len(set(KEYS))

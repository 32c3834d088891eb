"""The tables of the gateway's README name what there is."""

import re

from services.realtime import close_codes
from services.realtime.close_codes import CloseReason
from tests.support.gateway_metrics import watched
from tests.support.printed import ROOT

README = ROOT / "services" / "realtime" / "README.md"


def test_the_table_of_close_codes_names_every_reason() -> None:
    table = README.read_text().partition("### Close codes")[2].partition("\n## ")[0]
    named = {int(code) for code in re.findall(r"\b(\d{4})\b(?=[,\d ]*\|)", table)}
    reasons = (each for each in vars(close_codes).values() if isinstance(each, CloseReason))
    known = {reason.code for reason in reasons}
    assert named == known | {close_codes.draining(1).code, 1002, 1007, 1009}


def test_the_table_of_metrics_names_every_metric() -> None:
    table = README.read_text().partition("| Metric, after")[2].partition("\n\n")[0]
    names = re.findall(r"`([a-z_]+)(?:\{\w+\})?`", table.partition("\n")[2])
    wanted = {f"natter_realtime_{name.removesuffix('_total')}" for name in names}
    wanted -= {f"natter_realtime_{source}" for source in ("ring", "stream", "refresh", "live")}
    assert wanted == {family.name for family in watched().collect()}

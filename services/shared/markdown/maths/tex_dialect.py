"""Rewrites TeX as people write it into commands that the converter knows."""

import re
from typing import Final

_ENVIRONMENTS: Final = {
    **dict.fromkeys(("align", "alignat", "alignat*", "alignedat", "flalign", "flalign*"), "align*"),
    "aligned": "split",
    **dict.fromkeys(("dcases", "rcases"), "cases"),
    **dict.fromkeys(("eqnarray", "eqnarray*", "gather", "gather*", "gathered"), "matrix"),
    **dict.fromkeys(("multline", "multline*"), "matrix"),
    "math": "equation*",
    "displaymath": "equation*",
}
_NAMES: Final = {
    "arg": r"\operatorname{arg}",
    "lbrack": "[",
    "mathscr": r"\mathcal",
    "nonumber": "",
    "notag": "",
    "rbrack": "]",
}
_TOKEN: Final = re.compile(
    r"""
      \\\\ (?: [ ]* \[ [^\[\]]* \] )?
    | \\ (?P<edge> begin | end ) \s* \{ (?P<environment> [A-Za-z]+ \*? ) \}
      (?: \[ [tbc] \] )? (?P<columns> \{ \d+ \} )?
    | \\label \s* \{ [^{}]* \}
    | \\operatorname \s* \*? \s* \{ (?P<operator> [^{}]* ) \}
    | \\mathrm \s* \{ (?P<upright> [A-Za-z] ) \}
    | \\ (?P<name> [A-Za-z]+ )
    | \\ .
    """,
    re.VERBOSE | re.DOTALL,
)
_SIMPLE_OPERATOR: Final = re.compile(r"[A-Za-z]+")


def normalize_tex(tex: str) -> str:
    """Rewrite commands that the converter does not know, and drop those that number equations."""
    return _TOKEN.sub(_normalized, tex)


def _normalized(token: re.Match[str]) -> str:
    if token["edge"]:
        return _environment(token)
    if token["operator"]:
        simple = _SIMPLE_OPERATOR.fullmatch(token["operator"])
        return token[0] if simple else rf"\mathrm{{{token['operator']}}}"
    if token["upright"]:
        return rf"\text{{{token['upright']}}}"
    if token["name"]:
        return _NAMES.get(token["name"], token[0])
    return _sign(token[0])


def _sign(whole: str) -> str:
    if whole.startswith("\\\\"):
        return r"\\"
    if whole == r"\&":
        return r"\text{&}"
    return "" if whole.startswith(r"\label") else whole


def _environment(token: re.Match[str]) -> str:
    name = token["environment"]
    known = _ENVIRONMENTS.get(name, name)
    counted = name.startswith("align")
    columns = "" if counted or not token["columns"] else token["columns"]
    return rf"\{token['edge']}{{{known}}}{columns}"

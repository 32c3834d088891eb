"""Makes the words of strangers fit to be shown and logged: one line, and nothing like a key."""

import re
import unicodedata
from typing import Final

MASK: Final = "***"

# What moves a terminal's cursor or colours it (ECMA-48): sequences of ESC [ and of ESC ].
_TERMINAL: Final = re.compile(r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b]{0,512}\x07?")
# A word is taken for a secret where it has a digit, or is longer than words are.
_VALUE: Final = r"""(?=[^\s"'&,;<>]{0,64}\d|[^\s"'&,;<>]{20})[^\s"'&,;<>]{6,}"""
_KEYS: Final = (
    # Of OpenAI, Anthropic, Groq, xAI, Hugging Face, Replicate, NVIDIA, GitHub, Slack and others.
    (
        re.compile(
            r"\b(?:sk|pk|rk|gsk|csk|xai|hf|r8|fw|tgp|nvapi|pplx|glpat|gh[a-z]|xox[a-z])"
            r"[-_][\w*.-]{6,}"
        ),
        MASK,
    ),
    # Of Google; a JSON Web Token (RFC 7519).
    (re.compile(r"\b(?:AIza|ya29\.|eyJ)[\w-]{4,}(?:\.[\w-]*)*"), MASK),
    (re.compile(rf"(?i)\b(bearer|basic|apikey)(\s+)[\"']?{_VALUE}"), rf"\1\2{MASK}"),
    (
        re.compile(
            r"(?i)\b(api[-_ ]?key|token|secret|password|passwd|authorization)"
            rf"([\"']?\s?[:=]\s?[\"']?){_VALUE}"
        ),
        rf"\1\2{MASK}",
    ),
    # A URL's user and password, and the values of its query (RFC 3986, 3.2.1 and 3.4).
    (re.compile(r"(?<=://)[^\s/?#@]{1,512}@"), f"{MASK}@"),
    (re.compile(r"([?&][\w.~%+-]{1,64}=)[^\s&#\"'<>]+"), rf"\1{MASK}"),
    # Any long run of letters and digits.
    (re.compile(r"\b(?=[A-Za-z]{0,64}\d)(?=\d{0,64}[A-Za-z])[A-Za-z0-9]{24,}"), MASK),
)


def one_line(text: str) -> str:
    """Return `text` without what is not seen: controls, terminal sequences, marks of direction."""
    seen = _TERMINAL.sub(" ", text)
    if not seen.isprintable():
        seen = "".join(map(_seen, seen))
    return " ".join(seen.split())


def mask_keys(text: str) -> str:
    """Put `***` in the place of whatever looks like a key, a password or a token."""
    for pattern, mask in _KEYS:
        text = pattern.sub(mask, text)
    return text


def shortened(text: str, longest: int) -> str:
    """Cut `text` to `longest` characters, the last an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category[0] == "C" else char

"""Makes the words of strangers fit to be shown and logged: one line, and nothing like a key."""

import re
import unicodedata
from typing import Final

MASK: Final = "***"

# What moves a terminal's cursor or colours it (ECMA-48): sequences of ESC [ and of ESC ].
_TERMINAL: Final = re.compile(r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b]{0,512}\x07?")
# A word is taken for a secret where it has a digit, or is longer than words are.
_VALUE: Final = r"""(?=[^\s"'&,;<>]{0,64}\d|[^\s"'&,;<>]{20})[^\s"'&,;<>]{6,}"""
# JSON within JSON escapes its quotes.
_QUOTE: Final = r"""\\{0,3}["']?"""
_KEYS: Final = (
    # Of OpenAI, Anthropic, Groq, xAI, Hugging Face, Replicate, NVIDIA, GitHub, Slack and others;
    # words alone, as in `sk-some-model`, are none.
    (
        re.compile(
            r"\b(?:(?:sk|pk|rk|gsk|csk|hf|r8|fw|tgp|gh[a-z])_"
            r"|(?:sk|pk|rk|csk|xai|nvapi|pplx|glpat|xox[a-z])-"
            r"(?![a-z]{1,12}(?:-[a-z]{1,12})+(?![\w*-])))"
            r"[\w*.-]{6,}"
        ),
        MASK,
    ),
    # Of Google and AWS; a JSON Web Token (RFC 7519).
    (
        re.compile(
            r"\b(?:AIza|ya29\.|AQ\.|eyJ|(?:AKIA|ASIA)(?=[A-Z0-9]{12}))[\w-]{4,}(?:\.[\w-]*)*"
        ),
        MASK,
    ),
    (re.compile(rf"(?i)\b(bearer|basic|apikey)(\s+)[\"']?{_VALUE}"), rf"\1\2{MASK}"),
    (
        re.compile(
            r"(?i)(?<![A-Za-z0-9])(api[-_ ]?key(?:\s(?:provided|given|supplied|received|used))?"
            r"|key(?==)|token|secret|password|passwd|pwd|authorization)"
            rf"({_QUOTE}\s?[:=]\s?{_QUOTE}){_VALUE}"
        ),
        rf"\1\2{MASK}",
    ),
    # A URL's user and password (RFC 3986, 3.2.1), which may hold what they should not; a port has
    # none behind it.
    (re.compile(r"(?<=://)[^\s/?#@:]{0,128}:(?!\d{1,5}(?:[/?#]|$))[^\s\"'<>]{0,512}@"), f"{MASK}@"),
    (re.compile(r"(?<=://)[^\s/?#@]{1,512}@"), f"{MASK}@"),
    # The values of its query (3.4) that are called secret, or look it.
    (
        re.compile(
            r"(?i)([?&][\w.~%+-]{0,64}(?:auth|credential|key|pass|pwd|secret|session|sig|token)"
            r"[\w.~%+-]{0,64}=)[^\s&#\"'<>]+"
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(rf"(?i)([?&](?!model=|api[-_]version=)[\w.~%+-]{{1,64}}=){_VALUE}[^\s&#\"'<>]*"),
        rf"\1{MASK}",
    ),
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

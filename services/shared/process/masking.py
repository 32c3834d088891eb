"""Makes untrusted text safe to show and to log: on one line, and without secrets."""

import re
import unicodedata
from typing import Final

MASK: Final = "***"

# What moves a terminal's cursor or colours its text (ECMA-48): sequences of ESC [ and ESC ].
_TERMINAL: Final = re.compile(r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b]{0,512}\x07?")
# A word counts as a secret if it has a digit or is longer than words are.
_VALUE: Final = r"""(?=[^\s"'&,;<>]{0,64}\d|[^\s"'&,;<>]{20})[^\s"'&,;<>]{6,}"""
# JSON within JSON escapes its quotes.
_QUOTE: Final = r"""\\{0,3}["']?"""
_KEYS: Final = (
    # Keys of OpenAI, Anthropic, Groq, xAI, Hugging Face, Replicate, NVIDIA, GitHub, Slack and
    # others. Words alone, as in `sk-some-model`, are no key.
    (
        re.compile(
            r"\b(?:(?:sk|pk|rk|gsk|csk|hf|r8|fw|tgp|gh[a-z])_"
            r"|(?:sk|pk|rk|csk|xai|nvapi|pplx|glpat|xox[a-z])-"
            r"(?![a-z]{1,12}(?:-[a-z]{1,12})+(?![\w*-])))"
            r"[\w*.-]{6,}"
        ),
        MASK,
    ),
    # Keys of Google and AWS; JSON Web Tokens (RFC 7519).
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
    # A URL's user and password (RFC 3986, 3.2.1), also with characters that are not allowed there.
    # A port is not followed by `@`.
    (re.compile(r"(?<=://)[^\s/?#@:]{0,128}:(?!\d{1,5}(?:[/?#]|$))[^\s\"'<>]{0,512}@"), f"{MASK}@"),
    (re.compile(r"(?<=://)[^\s/?#@]{1,512}@"), f"{MASK}@"),
    # Values in its query (3.4) whose name says that they are secret, or that look like it.
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
    """Return `text` on one line, without controls, terminal sequences and direction marks."""
    seen = _TERMINAL.sub(" ", text)
    if not seen.isprintable():
        seen = "".join(map(_seen, seen))
    return " ".join(seen.split())


def mask_keys(text: str) -> str:
    """Replace all that looks like a key, a password or a token by `***`."""
    for pattern, mask in _KEYS:
        text = pattern.sub(mask, text)
    return text


def shortened(text: str, longest: int) -> str:
    """Cut `text` to `longest` characters, of which the last is an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category[0] == "C" else char

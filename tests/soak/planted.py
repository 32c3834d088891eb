"""Functions of which it is known how the time that they take grows."""

import re


def linear(text: str) -> int:
    return text.count("a")


def quadratic(text: str) -> list[str]:
    """Look from each bracket to the end of the text, as long as none closes it."""
    return re.findall(r"\[[^\]]*\]", text)


def exponential(text: str) -> bool:
    return re.match(r"(?:a|b|ab)*;", text) is not None


def fatal(text: str) -> str:
    if "!" in text:
        raise SystemExit
    return text

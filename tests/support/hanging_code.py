"""Code that keeps one match of its lexer busy for ages, by Pygments' name of its language."""

from typing import Final

HANGING: Final = {
    **dict.fromkeys(("bash", "fish"), "$'" + r"\5" * 40),
    "docker": "RUN $'" + r"\5" * 40,
    "fortran": '"' + r"\55" * 40,
    "scala": '$"' + r"\\" * 40,
    **dict.fromkeys(("common-lisp", "emacs-lisp"), "(*" + "a." * 40),
    "console": ("[:]" * 633 + " " * 50 + "\n") * 50,
    **dict.fromkeys(("c", "cpp", "cuda", "objective-c"), "a\n" + (" " * 1_950 + "\n") * 12),
}
HANGING_ANSWER: Final = "Before.\n\n" + "".join(
    f"```{language}\n{code.rstrip()}\n```\n\nAfter {language}.\n\n"
    for language, code in HANGING.items()
)
"""A text with all of it, as a model may write it."""

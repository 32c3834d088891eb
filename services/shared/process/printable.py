"""Text for a terminal, whoever wrote it."""


def printable(text: str) -> str:
    r"""Return `text` on one line, with every character escaped that could steer a terminal.

    Not only control characters (C0, DEL, C1): a line separator, what changes the direction of
    writing, and a lone surrogate, which no encoding holds, become `\u2028` and the like as well.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )

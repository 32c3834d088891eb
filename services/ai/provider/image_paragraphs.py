"""Writes the images of an answer into its text."""

from typing import Final

from services.ai.provider.chunks import Piece

_GAP: Final = "\n\n"


class ImageParagraphs:
    """Takes the pieces of one answer in their order; each image is a paragraph of its own."""

    def __init__(self) -> None:
        self._is_behind_image = False

    def text_with(self, piece: Piece, *, room: int, is_first: bool) -> str:
        """Return the text of a piece with its images, each of which has room or is told of."""
        text = piece.text
        if text and self._is_behind_image:
            text = _GAP + text.lstrip("\n")
            self._is_behind_image = False
        for image in piece.images:
            gap = "" if is_first and not text else _GAP
            text += gap + image.markdown(room - len(text) - len(gap))
            self._is_behind_image = True
        return text

"""Asks a model for the title of a chat, and reduces the answer to one line."""

from services.ai.titles.asking import write_title
from services.ai.titles.choosing import LONGEST_ANSWER, clean_title
from services.ai.titles.lines import TITLE_CHARS

__all__ = ["LONGEST_ANSWER", "TITLE_CHARS", "clean_title", "write_title"]

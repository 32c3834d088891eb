"""Markdown that is still arriving, as changes of a page."""

"""Markdown source to a tree of blocks."""

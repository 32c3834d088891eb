"""Syntax highlighting by Pygments, in a process of its own that can be killed.

One match of a lexer's regular expression can run for ever while it holds the GIL. Neither a thread
nor a check of the clock between two tokens can end it, only a signal can.
"""

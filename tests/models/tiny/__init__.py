"""A language model of a few hundred words, for servers of every kind.

What it says depends on the last token and on its position alone, so its answers can be told to the
last character, go on for some hundred tokens, and are the same however often they are interrupted.
"""

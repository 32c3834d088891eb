"""A connection's way from uvicorn to a held socket, and the bounds of its HTTP.

This goes round uvicorn; `tests/architecture/test_gone_round.py` pins what it relies on.
"""

"""The way of a connection from uvicorn to a held socket, and the bounds of its HTTP.

Here uvicorn is gone round: `tests/architecture/test_gone_round.py` knows of what.
"""

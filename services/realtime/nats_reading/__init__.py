"""The bus as the gateway reads it: live messages, and the stored ones of the stream.

This goes round nats-py; `tests/architecture/test_gone_round.py` pins what it relies on.
"""

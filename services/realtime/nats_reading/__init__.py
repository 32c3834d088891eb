"""The bus as the gateway reads it: live messages, and the stored ones of the stream.

This uses internals of nats-py, which `tests/architecture/test_library_internals.py` pins.
"""

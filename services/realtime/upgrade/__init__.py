"""Upgrades connections from uvicorn to held sockets, and bounds their HTTP.

This uses internals of uvicorn, which `tests/architecture/test_library_internals.py` pins.
"""

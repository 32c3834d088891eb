"""Natter with real model servers, each of which runs a tiny model that is made here.

`make test-models` runs them all, and none of it is part of `make test`.
"""

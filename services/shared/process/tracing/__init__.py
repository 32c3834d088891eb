"""Traces across the services: W3C Trace Context, and spans.

A trace begins with a request to web and continues over the outbox, the bus and the model's endpoint
to the sockets. Its context is always passed on and its id logged; spans are made only while
`exporting` runs (`NATTER_TRACING`).
"""

"""Which request, job or publication something is done for: W3C Trace Context, and spans.

A trace begins with a request of web's and goes on over the outbox, the bus and the model's endpoint
to the sockets. Its context is carried, and its id logged, whether or not anybody makes spans; those
are made where `exporting` runs (`NATTER_TRACING`).
"""

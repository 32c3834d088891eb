"""WebSockets by RFC 6455, held without a task each; what they carry is up to subclasses."""

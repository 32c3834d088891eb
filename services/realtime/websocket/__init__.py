"""WebSockets as RFC 6455 has them, held without a task each; what they carry is not its matter."""

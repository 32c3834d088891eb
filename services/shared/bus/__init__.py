"""The bus (NATS): its connection, subjects, streams and messages."""

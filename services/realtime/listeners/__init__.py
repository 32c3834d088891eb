"""A listener from its request to its end: joining, delivery, heartbeat, drain and log line."""

"""What is known of an endpoint: its models, their limits, its dialect."""

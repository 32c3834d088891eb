"""The stack as containers: what runs in them before the services do."""

"""Who may listen: tokens, origins, limits, revocations."""

"""What the services share; it holds no product logic."""

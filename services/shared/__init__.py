"""The code that the services share; it holds no product logic."""

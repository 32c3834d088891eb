"""What happens to a listener between its arrival and its end."""

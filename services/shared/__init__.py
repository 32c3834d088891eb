"""What the three services have in common; knows no product logic."""

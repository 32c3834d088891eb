"""What people ask of a message that is there."""

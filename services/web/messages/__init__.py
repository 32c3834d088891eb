"""What is said in a chat."""

"""Container images: what builds them, and what they weigh."""

"""Backs the bus up into a file, restores it, and aligns its queues with the database."""

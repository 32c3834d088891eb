"""Code blocks: slots for their colours, and blocks that are still open."""

"""A tree of blocks to HTML."""

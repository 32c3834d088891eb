"""What pages are made of: templates, Turbo Streams, and how a message looks."""

"""The parts of pages: templates, Turbo Streams, messages, and why an answer failed."""

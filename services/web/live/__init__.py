"""Pages that stream until an answer ends, for curl and for browsers without JavaScript."""

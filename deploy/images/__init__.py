"""Container images: their build, their notices and their sizes."""

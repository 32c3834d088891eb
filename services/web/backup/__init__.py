"""The bus as a file, and the queues as the database says they should be."""

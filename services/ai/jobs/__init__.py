"""Jobs: taken from the queues, done, handed back or put aside."""

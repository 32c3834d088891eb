"""PostgreSQL: the pool, the migrations, and the outbox with its relay to the bus."""

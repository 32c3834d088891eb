"""The web service: pages, forms, accounts and the only owner of PostgreSQL."""

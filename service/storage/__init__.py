"""The floor: PostgreSQL, the only truth."""

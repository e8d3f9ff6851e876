"""Alembic's migrations of our own schema `pieloop`, and of what we may add to the shared tables.

`baseline/` holds the statements of the first one. The shared tables are described there as they are today: their
history is pyfedi's, so only an empty database gets them from us.
"""

"""A site's backup as a directory, and a site made from one: `pieloop backup` and `pieloop restore`."""

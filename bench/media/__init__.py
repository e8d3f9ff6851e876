"""Images a second and memory, beside pyvips doing the same work."""

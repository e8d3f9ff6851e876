"""The doors: bytes in, one call, bytes out."""

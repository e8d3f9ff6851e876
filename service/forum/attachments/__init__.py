"""Pictures: their rows, whose they are, what uses them, and when their files may go.

`keeping` is how bytes come into the store and leave it again, `objects` the inventory that makes both safe.
"""

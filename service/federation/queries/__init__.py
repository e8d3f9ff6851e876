"""The rows that documents are made of, read in sets: as their owner, and with a word on who else may have them.

Nothing here depends on who asks. `Standing` says what may leave this server; whoever sends or serves looks at it.
"""

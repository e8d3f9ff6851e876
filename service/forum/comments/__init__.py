"""Comments: what they may be (rules), how they are read (queries) and changed (operations)."""

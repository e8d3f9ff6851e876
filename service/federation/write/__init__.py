"""Our values become their JSON: pure, from frozen rows to documents, which read.* reads back to the same values.

Every document is made without its `@context`; `encoded` puts it once outside, whatever is embedded.
"""

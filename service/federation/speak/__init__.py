"""Speaking: what happened here, event by event, becomes activities in the log of what is sent.

Reading order: table (which event says what), drain (from the outbox to the log), known (the rows that a batch of events
needs, read in sets), voice (what all have in common), then the sayings by noun.
"""

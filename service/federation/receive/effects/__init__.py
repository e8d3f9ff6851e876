"""What activities do here, by the forum's operations: a module for each part of life.

An effect takes a session and an act. It raises `Refused` or one of the forum's errors where it may not be, and returns
whether anything changed, of which followers are then told.
"""

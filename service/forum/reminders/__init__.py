"""Reminders: a member asks to be told of a post or a comment again at some time."""

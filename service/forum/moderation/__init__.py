"""Moderation: the log of what moderators did."""

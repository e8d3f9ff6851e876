"""Feeds: which posts stand in which list, and in which order."""

"""Newsletters: what administrators write to all members who want to hear from the site."""

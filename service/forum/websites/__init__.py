"""Websites that posts link to: banned, watched, or with a warning."""

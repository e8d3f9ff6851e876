"""Flairs: the labels that a community offers, and the posts that carry them."""

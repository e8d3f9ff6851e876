"""The wiki of a community: its pages, and what they said before."""

"""Reports: what people want moderators to look at, and what became of it."""

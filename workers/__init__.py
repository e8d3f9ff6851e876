"""The arq workers, thin: every job is one call into forum, federation or media."""

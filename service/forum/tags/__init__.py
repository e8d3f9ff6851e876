"""Tags: the words with # that posts carry."""

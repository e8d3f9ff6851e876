"""Letters: what the site writes to people about their accounts, in its own words or in those of its administrators."""

"""Pages that administrators write: about, privacy, terms, and whatever else a site has to say."""

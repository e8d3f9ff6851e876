"""Topics: what the site's staff groups communities by. They are read with the feeds: see `feeds.queries.catalogue`."""

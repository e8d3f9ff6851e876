"""A believable demo site, loaded by COPY: people, communities, posts, pictures, comments, votes."""

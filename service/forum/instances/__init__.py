"""Other servers: whom this one knows, talks to and keeps out, and what administrators decide about them."""

"""What the site does. It knows no HTTP, no Redis, no Pillow and no network."""

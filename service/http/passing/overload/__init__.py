"""How much happens at once: who works, who waits for a place or for another site, and what outlives its client."""

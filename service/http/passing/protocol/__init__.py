"""How a connection's bytes become a request that can be read in one way only."""

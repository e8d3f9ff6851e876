"""Their JSON becomes our values: pure, tolerant of what servers write, strict about ids and origins."""

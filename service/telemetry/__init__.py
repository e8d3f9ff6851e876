"""What each process counts, how processes tell each other, and how Prometheus gets it all from any web process."""

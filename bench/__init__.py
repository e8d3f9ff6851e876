"""The benchmarks. `python -m bench` (`make bench`) measures the hot paths on the full demo, beside a hello-world."""

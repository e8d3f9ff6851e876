"""The laboratory. `python -m laboratory` (`make prove`) shows by experiments that no connection crosses a process."""

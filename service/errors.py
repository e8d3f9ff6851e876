"""Why the service refuses to start: one sentence for the administrator, exit code 1."""


class StartupError(Exception):
    """The service cannot start. The message is one sentence that says what is wrong and what to do."""

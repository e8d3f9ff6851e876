"""What is wrong with a configuration."""

from service.errors import StartupError


class ConfigError(StartupError):
    """A key of the configuration is unknown, mistyped or impossible; the message names the key."""

"""config.toml and the environment -> one frozen Config; whatever is unknown, mistyped or impossible refuses to start.

Every key `[section] key` has the environment variable `PIELOOP_<SECTION>_<KEY>`, which wins over the file.
The variable names of pyfedi are understood as aliases, so that an existing `.env` keeps working.
"""

from service.config.errors import ConfigError
from service.config.names import ALIASES, environment_name, keys
from service.config.reading import load_config
from service.config.secret import ensure_secret_key
from service.config.sections import (
    AdminConfig,
    Config,
    DatabaseConfig,
    FederationConfig,
    HttpConfig,
    LimitsConfig,
    LogConfig,
    MailConfig,
    MediaConfig,
    OutboundConfig,
    PrivateRegistrationConfig,
    RedisConfig,
    SiteConfig,
    StoreConfig,
    WorkerConfig,
)

__all__ = [
    "ALIASES",
    "AdminConfig",
    "Config",
    "ConfigError",
    "DatabaseConfig",
    "FederationConfig",
    "HttpConfig",
    "LimitsConfig",
    "LogConfig",
    "MailConfig",
    "MediaConfig",
    "OutboundConfig",
    "PrivateRegistrationConfig",
    "RedisConfig",
    "SiteConfig",
    "StoreConfig",
    "WorkerConfig",
    "ensure_secret_key",
    "environment_name",
    "keys",
    "load_config",
]

"""The site's secret key, where it is not configured: made once, and kept."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from service.config.errors import ConfigError
from service.config.sections import Config


def ensure_secret_key(config: Config) -> Config:
    """Return `config` with a secret key: the configured one, or one made once and kept in `data_dir/secret.key`.

    Raises:
        ConfigError: the file cannot be written or read.
    """
    if config.site.secret_key:
        return config
    site = msgspec.structs.replace(config.site, secret_key=_kept_secret(config.data_dir / "secret.key"))
    return msgspec.structs.replace(config, site=site)


def _kept_secret(file: Path) -> str:
    try:
        _create_once(file, secrets.token_urlsafe)
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(
            f"site.secret_key is not set and {file} cannot be kept: {error.strerror}."
        ) from error


def _create_once(file: Path, make: Callable[[int], str]) -> None:
    """Create `file` with a fresh secret unless it exists; of several processes at once one wins, with a whole file."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(make(48), encoding="ascii")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

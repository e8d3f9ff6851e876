"""The file and the environment, read into one Config."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from service.config.checks import check_together
from service.config.env_file import with_env_file
from service.config.errors import ConfigError
from service.config.names import ALIASES, NOT_KEYS, environment_name, keys
from service.config.sections import Config
from service.config.translating import translated

DEFAULT_PATH = Path("config.toml")


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the file, lay the environment over it, and check every key.

    Parameters:
        path: the TOML file; `PIELOOP_CONFIG` or `config.toml` when None. A file that was not asked for may be missing.
        environ: the environment; when None the process's own, and what `.env` in the working directory adds to it.

    Raises:
        ConfigError: the file cannot be read, or a key is unknown, mistyped or impossible.
    """
    environ = translated(with_env_file(os.environ) if environ is None else environ)
    values, sources = _read_file(path, environ)
    for key, text, source in _environment_values(environ):
        _put(values, key, text)
        sources[key] = source
    _lower_domain(values)
    return check_together(_convert(values, sources))


def _read_file(path: Path | None, environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    asked_for = path or (Path(environ["PIELOOP_CONFIG"]) if environ.get("PIELOOP_CONFIG") else None)
    file = asked_for or DEFAULT_PATH
    if asked_for is None and not file.exists():
        return {}, {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration file {file} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration file {file} is not valid TOML: {error}.") from error
    return values, {"": str(file)}


def _environment_values(environ: Mapping[str, str]) -> list[tuple[str, Any, str]]:
    known = keys()
    by_variable = {environment_name(key): key for key in known}
    unknown = [
        name for name in environ if name.startswith("PIELOOP_") and name not in by_variable.keys() | NOT_KEYS
    ]
    if unknown:
        raise ConfigError(f"The environment variable {min(unknown)} isn't a Pieloop setting.")
    # An empty variable is how .env files and compose say "not set".
    pairs = [(key, alias) for alias, key in ALIASES.items() if environ.get(alias)]
    pairs += [(key, name) for name, key in by_variable.items() if environ.get(name)]
    return [(key, _parse(key, environ[name], known[key], name), name) for key, name in pairs]


def _parse(key: str, text: str, wanted: Any, variable: str) -> Any:
    if "tuple" in str(wanted):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return msgspec.convert(text.strip(), wanted, strict=False, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{key} (from {variable}): {error}.") from error


def _to_path(wanted: type, value: Any) -> Path:
    if wanted is Path and isinstance(value, str | Path):
        return Path(value)
    raise NotImplementedError(wanted)


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *sections, name = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{section}: expected a section of keys.")
    values[name] = value


def _lower_domain(values: dict[str, Any]) -> None:
    """A name in capitals is the same name; everything here compares with the small letters."""
    site = values.get("site")
    if isinstance(site, dict) and isinstance(site.get("domain"), str):
        site["domain"] = site["domain"].lower()


def _convert(values: dict[str, Any], sources: dict[str, str]) -> Config:
    try:
        return msgspec.convert(values, Config, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        raise ConfigError(_describe(str(error), sources)) from error


def _describe(message: str, sources: dict[str, str]) -> str:
    """Turn "Expected `int`, got `str` - at `$.database.pool_size`" into a sentence that begins with the key."""
    problem, _, where = message.partition(" - at `$")
    section = where.strip("`.")
    if "unknown field" in problem:
        unknown = problem.split("`")[1]
        key = f"{section}.{unknown}" if section else unknown
        return f"{key}: there is no such key{_from(key, sources)}."
    return f"{section}: {problem[0].lower()}{problem[1:]}{_from(section, sources)}."


def _from(key: str, sources: dict[str, str]) -> str:
    source = sources.get(key) or sources.get("")
    return f" (from {source})" if source else ""

"""`.env` in the working directory, in the form in which pyfedi reads it: `NAME = value`, quotes, comments, `${NAME}`.

Pure but for reading the file. A line that is no assignment says nothing, as there.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from service.config.errors import ConfigError

_ASSIGNMENT = re.compile(
    r"""
    ^[^\S\n]*(?:export[^\S\n]+)?
    (?P<name>[^\s=\#'"]+)[^\S\n]*=[^\S\n]*
    (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^'"\n][^\n]*)?)
    [^\S\n]*(?:\#[^\n]*)?$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"\s+#.*")
_NAMED = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
_ESCAPED = re.compile(r"\\([\\'\"abfnrtv])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def with_env_file(environ: Mapping[str, str], file: Path = Path(".env")) -> dict[str, str]:
    """Return the environment, and beside it what a file says that is not set there.

    Parameters:
        environ: wins over the file.
        file: one that is not there says nothing.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return dict(environ)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The file {file} cannot be read: {error}.") from error
    return read_env(text, environ) | dict(environ)


def read_env(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a text assigns.

    Parameters:
        environ: what `${NAME}` means before it means a variable of the text.
    """
    found: dict[str, str] = {}
    for line in _ASSIGNMENT.finditer(text):
        found[line["name"]] = _with_variables(_value(line), found | dict(environ))
    return found


def _with_variables(value: str, known: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda named: known.get(named["name"], named["default"] or ""), value)


def _value(line: re.Match[str]) -> str:
    if line["single"] is not None:
        return re.sub(r"\\([\\'])", r"\1", line["single"])
    if line["double"] is not None:
        return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), line["double"])
    return _COMMENT.sub("", line["bare"] or "").rstrip()

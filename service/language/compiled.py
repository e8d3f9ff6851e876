"""Compiled catalogues, kept where Python keeps compiled modules: to compile them takes longer than to read them.

As there, what cannot be written is compiled each time, and PYTHONDONTWRITEBYTECODE is heeded.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

COMPILER = Path(__file__).with_name("catalogues.py").read_bytes()


def compiled_once(path: Path, compiling: Callable[[Path], bytes]) -> bytes:
    """Return what a file is compiled to, from what is kept if the file and its compiler are the same.

    Parameters:
        path: the file.
        compiling: makes it of the file; what it raises is raised.
    """
    same = sha256(path.read_bytes() + version("babel").encode() + COMPILER).hexdigest()
    kept = Path(cache_from_source(str(path))).with_name(f"{path.stem}.{same}.mo")
    with suppress(OSError):
        return kept.read_bytes()
    made = compiling(path)
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            _replace_older(kept, made)
    return made


def _replace_older(kept: Path, made: bytes) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    for older in kept.parent.glob(f"{kept.name.partition('.')[0]}.*"):
        older.unlink(missing_ok=True)
    half = kept.with_suffix(f".{os.getpid()}")
    half.write_bytes(made)
    half.replace(kept)

"""Compiled templates, kept where Python keeps compiled modules: most of the time in which a web process starts.

As there, what cannot be written is compiled each time, and PYTHONDONTWRITEBYTECODE is heeded.
"""

import sys
from contextlib import suppress
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

from jinja2.bccache import Bucket, FileSystemBytecodeCache


class CompiledTemplates(FileSystemBytecodeCache):
    """What templates were compiled to, for as long as they and what compiles them stay the same.

    Parameters:
        environment: the module that says how templates are compiled.
    """

    def __init__(self, environment: Path) -> None:
        super().__init__(str(Path(cache_from_source(str(environment))).parent / "templates"))
        self._compiler = version("jinja2") + environment.read_text(encoding="utf-8")

    def get_source_checksum(self, source: str) -> str:
        """Return what must be the same for a compiled template to be used again."""
        return super().get_source_checksum(source + self._compiler)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a compiled template, if there is one that can be read."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, if that may be."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                Path(self.directory).mkdir(parents=True, exist_ok=True)
                super().dump_bytecode(bucket)

"""Puts a fault into modules that are loaded already: the functions stay who they are and get other code."""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from types import CodeType, FunctionType
from typing import Any

Key = tuple[str, int]
PROGRAM = ("service", "workers")


class CannotBeSwappedError(Exception):
    """Only a new process would have this fault in it."""


class Loaded:
    """What this process has loaded: looked for once, since it takes longer than many a test."""

    def __init__(self) -> None:
        self._functions: dict[str, list[FunctionType]] = defaultdict(list)
        self._remembering: list[_lru_cache_wrapper[Any]] = []
        gc.unfreeze()
        for found in gc.get_objects():
            if type(found) is FunctionType:
                self._functions[found.__code__.co_filename].append(found)
            elif type(found) is _lru_cache_wrapper and found.__module__.startswith(PROGRAM):
                self._remembering.append(found)
        gc.freeze()

    def swap(self, file: str, before: bytes, after: bytes) -> None:
        """Give the functions of a file the code that they have in another version of it.

        Raises:
            CannotBeSwappedError: what differs is no function's code, or belongs to none that is loaded.
        """
        changed = _changed(file, before, after)
        found = [function for function in self._functions[file] if _key(function) in changed]
        if not found:
            raise CannotBeSwappedError
        for function in found:
            try:
                function.__code__ = changed[_key(function)]
            except ValueError as error:
                raise CannotBeSwappedError from error

    def forget(self) -> None:
        """Let the program work out anew what it remembers of what its functions gave: they give something else."""
        for remembering in self._remembering:
            remembering.cache_clear()


def _changed(file: str, before: bytes, after: bytes) -> dict[Key, CodeType]:
    old, new = dict(_codes(compile(before, file, "exec"))), dict(_codes(compile(after, file, "exec")))
    return {
        (code.co_qualname, code.co_firstlineno): new[key]
        for key, code in old.items()
        if key in new and not _alike(code, new[key])
    }


def _key(function: FunctionType) -> Key:
    return function.__code__.co_qualname, function.__code__.co_firstlineno


def _codes(code: CodeType) -> Iterator[tuple[Key, CodeType]]:
    """Yield the code of all functions of a module by name, and which one of that name it is."""
    seen: Counter[str] = Counter()
    waiting = [code]
    while waiting:
        inner = [one for one in waiting.pop(0).co_consts if isinstance(one, CodeType)]
        for one in inner:
            seen[one.co_qualname] += 1
            yield (one.co_qualname, seen[one.co_qualname]), one
        waiting += inner


def _alike(one: CodeType, other: CodeType) -> bool:
    """Tell whether two do the same, wherever they stand."""

    def essence(code: CodeType) -> tuple[object, ...]:
        consts = tuple(
            essence(const) if isinstance(const, CodeType) else (type(const), const)
            for const in code.co_consts
        )
        return code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars

    return essence(one) == essence(other)

"""Puts a fault into modules that are loaded already: the functions stay who they are and get other code."""

import gc
from collections import Counter
from collections.abc import Iterator
from types import CodeType, FunctionType

Key = tuple[str, int]


class CannotBeSwappedError(Exception):
    """Only a new process would have this fault in it."""


def swap(file: str, before: bytes, after: bytes) -> None:
    """Give the functions of a file the code that they have in another version of it.

    Raises:
        CannotBeSwappedError: what differs is no function's code, or belongs to none that is loaded.
    """
    old, new = dict(_codes(compile(before, file, "exec"))), dict(_codes(compile(after, file, "exec")))
    changed = {
        (code.co_qualname, code.co_firstlineno): new[key]
        for key, code in old.items()
        if key in new and not _alike(code, new[key])
    }
    gc.unfreeze()
    found = [
        function
        for function in gc.get_objects()
        if isinstance(function, FunctionType)
        and function.__code__.co_filename == file
        and (function.__code__.co_qualname, function.__code__.co_firstlineno) in changed
    ]
    if not found:
        raise CannotBeSwappedError
    for function in found:
        code = function.__code__
        try:
            function.__code__ = changed[code.co_qualname, code.co_firstlineno]
        except ValueError as error:
            raise CannotBeSwappedError from error


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

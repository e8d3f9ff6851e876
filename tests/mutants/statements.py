"""The statements of functions, by names that hold while other functions change: `service/forum/polls.py::close#4`."""

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.AST, within: str = "") -> Iterator[tuple[str, Function]]:
    """Yield all functions with their qualified names, as code objects have them; outer ones first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield within + node.name, node
            yield from functions_of(node, f"{within}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node, f"{within}{node.name}.")
        else:
            yield from functions_of(node, within)


def blocks_of(function: Function) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements of a function, without those of functions in it."""
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block
                waiting += [
                    statement for statement in block if not isinstance(statement, Function | ast.ClassDef)
                ]
        waiting += [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]


def statements_of(path: str, tree: ast.AST) -> Iterator[tuple[str, list[ast.stmt], ast.stmt]]:
    """Yield each statement's name, the block that it stands in, and the statement."""
    for name, function in functions_of(tree):
        number = 0
        for block in blocks_of(function):
            for statement in block:
                yield f"{path}::{name}#{number}", block, statement
                number += 1


def statement_at(path: str, tree: ast.AST, line: int) -> str | None:
    """Return the name of the innermost statement of a function that a line belongs to."""
    around = [
        (statement.lineno, name)
        for name, _, statement in statements_of(path, tree)
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno)
    ]
    return max(around)[1] if around else None

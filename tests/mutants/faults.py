"""Realistic faults for a module: each changes one place of its source, as somebody might by mistake."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
SIGNS: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/"}
# Words for people and for the machine's reader; a change of them breaks nothing.
SAID = {"debug", "info", "warning", "error", "exception"}
# What joins conditions: one of them may be forgotten.
JOINS = {"where", "filter", "and_", "or_", "having"}


@dataclass(frozen=True)
class Fault:
    """One change.

    Attributes:
        start, end: which bytes of the file it replaces.
        text: by what.
    """

    path: Path
    line: int
    what: str
    start: int
    end: int
    text: str

    def applied_to(self, source: bytes) -> bytes:
        """Return the source with the fault in it."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class Source:
    """A module's text.

    Parameters:
        text: with the ends of lines that Python knows.
    """

    def __init__(self, text: bytes) -> None:
        self._text, self._starts = text, [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return which bytes a node has."""
        end = self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        return self._starts[node.lineno - 1] + node.col_offset, end

    def of(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """Return what is written there."""
        start, end = self.place(node)  # type: ignore[arg-type]  # a keyword has a place, too
        return self._text[start:end].decode()


Change = tuple[ast.expr | ast.stmt, str, str]


def faults_of(path: Path, source: bytes) -> list[Fault]:
    """Return every fault that can be put into a module's functions, one a place and kind."""
    text, tree = Source(source), ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found = {
        Fault(path, node.lineno, what, *text.place(node), replacement)
        for function in functions
        for node, what, replacement in _changes(function, text)
    }
    return sorted(found, key=lambda fault: (fault.start, fault.what))


def _changes(function: ast.AST, text: Source) -> Iterator[Change]:
    for node in _what_runs(function):
        yield from _of_expression(node, text) if isinstance(node, ast.expr) else _of_statement(node, text)


def _what_runs(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what a function is made of, but for types and for what it tells the log."""
    waiting = [function]
    while waiting:
        node = waiting.pop()
        yield node
        said = isinstance(node, ast.Expr) and _says_something(node.value)
        types = {"annotation", "returns"}
        waiting += [
            part
            for name, value in ast.iter_fields(node)
            if name not in types and not said
            for part in (value if isinstance(value, list) else [value])
            if isinstance(part, ast.AST)
        ]


def _of_expression(node: ast.expr, text: Source) -> Iterator[Change]:
    source = text.of
    match node:
        case ast.Compare(left=left, ops=[only], comparators=[right]) if type(only) in OPPOSITES:
            sign = OPPOSITES[type(only)]
            yield node, f"{source(node)} -> {sign}", f"({source(left)} {sign} {source(right)})"
        case ast.BoolOp(op=op, values=values):
            joined = " and " if isinstance(op, ast.And) else " or "
            for number, gone in enumerate(values):
                rest = [source(value) for at, value in enumerate(values) if at != number]
                yield node, f"without {source(gone)}", f"({joined.join(rest)})"
        case ast.Call():
            yield from _of_call(node, text)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, f"{source(node)} -> without not", f"({source(operand)})"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            yield (
                node,
                f"{source(node)} -> {SIGNS[type(op)]}",
                f"({source(left)} {SIGNS[type(op)]} {source(right)})",
            )
        case ast.Constant(value=bool(value)):
            yield node, f"{value} -> {not value}", str(not value)
        case ast.Constant(value=int(value)):
            yield node, f"{value} -> {value + 1}", str(value + 1)


def _of_call(node: ast.Call, text: Source) -> Iterator[Change]:
    """Forget one of several conditions, or of the columns that are set."""
    source = text.of
    match node:
        case ast.Call(func=called, args=[_, *_] as conditions, keywords=[]) if _name(called) in JOINS:
            for number, gone in enumerate(conditions):
                others = ", ".join(source(one) for at, one in enumerate(conditions) if at != number)
                if others:
                    yield node, f"without {source(gone)}", f"{source(called)}({others})"
                elif isinstance(called, ast.Attribute) and called.attr == "where":
                    yield node, f"without {source(gone)}", source(called.value)
        case ast.Call(func=ast.Attribute(attr="values") as called, args=[], keywords=[_, _, *_] as columns):
            for number, column in enumerate(columns):
                others = ", ".join(source(one) for at, one in enumerate(columns) if at != number)
                yield node, f"without {source(column)}", f"{source(called)}({others})"


def _of_statement(node: ast.AST, text: Source) -> Iterator[Change]:
    match node:
        case ast.If(test=test) | ast.While(test=test):
            yield test, f"if {text.of(test)} -> not", f"(not ({text.of(test)}))"
        case ast.Raise():
            yield node, "nothing is raised", "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign():
            yield node, f"without {text.of(node).splitlines()[0]}", "pass"
        case ast.Expr(value=ast.Await() | ast.Call() as call) if not _says_something(call):
            yield node, f"without {text.of(node).splitlines()[0]}", "pass"


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _says_something(call: ast.expr) -> bool:
    called = call.value if isinstance(call, ast.Await) else call
    function = called.func if isinstance(called, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in SAID

"""What was seen of each peer: a table of cells, one for each thing that servers do with each other."""

from dataclasses import dataclass, field

SEEN, NOT_SEEN = "seen", "**not seen**"


@dataclass
class Matrix:
    """The cells, by row and column, in the order in which they were seen."""

    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def note(self, row: str, column: str, outcome: str) -> None:
        """Say how a cell came out; what was not seen once stays so."""
        cells = self.cells.setdefault(row, {})
        if cells.get(column) != NOT_SEEN:
            cells[column] = outcome

    def lines(self) -> list[str]:
        """Return the table, in Markdown, with the reasons of limits below it."""
        columns = sorted({column for cells in self.cells.values() for column in cells})
        reasons: list[str] = []
        lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
        for row, cells in self.cells.items():
            shown = [_short(cells.get(column, "not run"), reasons) for column in columns]
            lines.append(f"| {row} | " + " | ".join(shown) + " |")
        return [*lines, "", *(f"{number}. {reason}" for number, reason in enumerate(reasons, 1))]


def _short(outcome: str, reasons: list[str]) -> str:
    if outcome in {SEEN, NOT_SEEN, "not run"}:
        return outcome
    if outcome not in reasons:
        reasons.append(outcome)
    return f"limit {reasons.index(outcome) + 1}"

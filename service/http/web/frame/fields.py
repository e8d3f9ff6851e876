"""Forms, declared once: which fields a form has, of which kind each is, and within which bounds.

The module of a noun declares its forms, with the bounds of the forum's rules. Its views read with them what was sent,
`field` of parts/forms.html draws them, and tests/http/web/test_declared_forms.py sends to each what it has to refuse.

A field reads a text and makes a value of it; and it makes the text again that stands on the form for a value. What is
sent as it stood there was touched by nobody, so it is neither checked nor changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

import msgspec

from service.forum.checks import too_long
from service.forum.choices import Choice
from service.forum.errors import Invalid
from service.language import _

LARGEST = 2**31 - 1  # of the columns that hold numbers
LAST_YEAR = 2200
DIGITS_MAX = 10
TICKED_MAX = 200

CHOOSE_ONE = _("Choose one of the options.")


class Wrong(Exception):
    """What was sent in a field cannot be taken; its words say why."""


class Sent(dict[str, str]):
    """What was sent with a form: of each field the first value.

    Attributes:
        lists: All values, of fields that have several.
    """

    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        super().__init__({name: texts[0] for name, texts in lists.items()})
        self.lists = lists


class Field(msgspec.Struct, frozen=True):
    """A field of a form.

    Attributes:
        name: As it is sent, and as refusals call it.
        label, hint: What stands beside it.
        required: Whether something has to be entered; None where that depends on other fields.
        missing: What is said when nothing is, where that says more than that something has to be.
    """

    name: str
    label: str = ""
    hint: str = ""
    required: bool | None = False
    missing: str = ""

    control: ClassVar[str] = "input"  # how `field` of parts/forms.html draws it

    def is_in(self, sent: Mapping[str, Any]) -> bool:
        """Whether the form that was sent has this field at all."""
        return self.name in sent

    def text_in(self, sent: Mapping[str, Any]) -> str:
        """Return what stood in the field when the form was sent."""
        return with_our_lines(sent.get(self.name, ""))

    def text_of(self, value: Any) -> str:
        """Return what stands in the field for a stored value."""
        return "" if value is None else with_our_lines(str(value))

    def value_of(self, text: str) -> Any:
        """Return what a text means; raise Wrong for one that cannot be taken."""
        if not text.strip() and (self.required or self.missing):
            raise Wrong(self.missing or _("Fill in this field."))
        return self._read(text)

    def _read(self, text: str) -> Any:
        raise NotImplementedError


class Line(Field, frozen=True, kw_only=True):
    """One line of text, without the space around it.

    Attributes:
        most: Characters.
        kind: Of the <input>: text, email, url, search.
        fills: What browsers and password managers fill it in with.
    """

    most: int
    kind: str = "text"
    fills: str = ""
    placeholder: str = ""

    def _read(self, text: str) -> str:
        tidy = text.strip()
        if problem := too_long(tidy, self.most):
            raise Wrong(problem)
        return tidy


class Area(Line, frozen=True, kw_only=True):
    """Several lines of text.

    Attributes:
        written: It is Markdown: it has a preview, and a toolbar where scripts run.
        large: It is what the form is about.
    """

    written: bool = False
    large: bool = False

    control: ClassVar[str] = "area"

    def _read(self, text: str) -> str:
        """Indentation at the beginning means something in Markdown."""
        tidy = text.rstrip().lstrip("\n")
        if problem := too_long(tidy, self.most):
            raise Wrong(problem)
        return tidy


class Secret(Line, frozen=True, kw_only=True):
    """A password: to the letter as it was typed, and never shown again."""

    kind: str = "password"

    def _read(self, text: str) -> str:
        if problem := too_long(text, self.most):
            raise Wrong(problem)
        return text


class Color(Field, frozen=True):
    """A colour, `#0d6e66`."""

    kind: ClassVar[str] = "color"

    def _read(self, text: str) -> str:
        tidy = text.strip().lower()
        if len(tidy) != 7 or tidy[0] != "#" or not all(digit in "0123456789abcdef" for digit in tidy[1:]):
            raise Wrong(_("Choose a colour."))
        return tidy


class Switch(Field, frozen=True):
    """A box that is ticked or not; browsers send nothing of one that is not."""

    control: ClassVar[str] = "check"

    def is_in(self, sent: Mapping[str, Any]) -> bool:
        """Always: a missing one says no."""
        return True

    def text_in(self, sent: Mapping[str, Any]) -> str:
        """Return '1' or ''."""
        return "1" if self.name in sent else ""

    def text_of(self, value: Any) -> str:
        """Return '1' or ''."""
        return "1" if value else ""

    def _read(self, text: str) -> bool:
        return bool(text)


class Number(Field, frozen=True, kw_only=True):
    """A whole number; None for an empty field."""

    least: int = 0
    most: int = LARGEST

    kind: ClassVar[str] = "number"

    def _read(self, text: str) -> int | None:
        tidy = text.strip()
        if not tidy:
            return None
        digits = tidy.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS_MAX):
            raise Wrong(_("Enter a whole number."))
        if not self.least <= int(tidy) <= self.most:
            raise Wrong(_("Enter a number between %(least)s and %(most)s.", least=self.least, most=self.most))
        return int(tidy)


class Day(Field, frozen=True):
    """A day; None for an empty field."""

    kind: ClassVar[str] = "date"

    def _read(self, text: str) -> date | None:
        if not text.strip():
            return None
        try:
            day = datetime.strptime(text.strip(), "%Y-%m-%d").date()
        except ValueError:
            raise Wrong(_("Enter a date such as 2030-01-31.")) from None
        if day.year > LAST_YEAR:
            raise Wrong(_("Choose a date that's sooner."))
        return day


class Moment(Field, frozen=True):
    """A day and a time by the clock of some zone, which the form or the viewer says; None for an empty field."""

    kind: ClassVar[str] = "datetime-local"

    def text_of(self, value: Any) -> str:
        """Return the time as browsers write it."""
        return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str(value or "")

    def _read(self, text: str) -> datetime | None:
        if not text.strip():
            return None
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            raise Wrong(_("Enter a date and time.")) from None
        if when.tzinfo or not 1900 <= when.year <= LAST_YEAR:
            raise Wrong(_("Enter a date and time."))
        return when


class Select(Field, frozen=True, kw_only=True):
    """One row of a table of choices.

    Attributes:
        offered: The rows that can be chosen.
        usual: What a form without it means.
    """

    offered: Iterable[Choice]
    usual: Choice | None = None

    control: ClassVar[str] = "choice"

    def text_of(self, value: Any) -> str:
        """Return what is stored of the row; of none that of the usual one."""
        chosen = self.usual if value is None else value
        return "" if chosen is None else str(chosen.value if isinstance(chosen, Choice) else chosen)

    def _read(self, text: str) -> Choice:
        if not text and self.usual is not None:
            return self.usual
        for row in self.offered:
            if str(row.value) == text:
                return row
        raise Wrong(self.missing or CHOOSE_ONE)


class Radios(Select, frozen=True, kw_only=True):
    """The same, with all rows in sight."""

    control: ClassVar[str] = "radios"


class Pick(Field, frozen=True, kw_only=True):
    """One of a list that the view knows, such as the languages; whether it is there, the operation says."""

    most: int = 100

    control: ClassVar[str] = "pick"

    def _read(self, text: str) -> str:
        if too_long(text, self.most):
            raise Wrong(CHOOSE_ONE)
        return text


class PickId(Field, frozen=True):
    """The same, of rows that are known by their ids; None where nothing is chosen."""

    control: ClassVar[str] = "pick"

    def _read(self, text: str) -> int | None:
        if not text:
            return None
        if (number := id_in(text)) is None:
            raise Wrong(CHOOSE_ONE)
        return number


class Ids(Field, frozen=True):
    """Rows that are ticked, by their ids; a hidden empty value says that the form has the boxes at all."""

    control: ClassVar[str] = "boxes"

    def text_in(self, sent: Mapping[str, Any]) -> str:
        """Return what was ticked, with commas between."""
        several = sent.lists.get(self.name) if isinstance(sent, Sent) else None
        texts = several if several is not None else [sent.get(self.name, "")]
        return self._in_order(text for text in texts if text)

    def text_of(self, value: Any) -> str:
        """Return the same of ids that are stored."""
        return value if isinstance(value, str) else self._in_order(str(number) for number in value or ())

    def ticked(self, form: Mapping[str, Any]) -> frozenset[str]:
        """Return which boxes are ticked on a form that shows what is stored, or what was sent."""
        text = self.text_in(form) if isinstance(form, Sent) else self.text_of(form.get(self.name))
        return frozenset(text.split(",") if text else ())

    def _in_order(self, texts: Iterable[str]) -> str:
        return ",".join(sorted(set(texts), key=lambda text: (len(text), text)))

    def _read(self, text: str) -> tuple[int, ...]:
        numbers = [id_in(one) for one in text.split(",")[:TICKED_MAX]] if text else []
        if None in numbers:
            raise Wrong(_("Choose from the options."))
        return tuple(number for number in numbers if number)


class Picture(Field, frozen=True):
    """A picture that is sent along; `take_image` takes it."""

    control: ClassVar[str] = "picture"

    def is_in(self, sent: Mapping[str, Any]) -> bool:
        """Never: files do not come with the fields."""
        return False


class Form:
    """The fields of a form, in the order in which they stand on the page."""

    def __init__(self, *fields: Field) -> None:
        self._fields = {field.name: field for field in fields}

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def read(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was sent, of fields that are missing what an empty one says.

        Raises:
            Invalid: with all that is wrong, by the fields' names.
        """
        return _values_of((field for field in self if field.control != Picture.control), sent)

    def typed(self, sent: Mapping[str, Any]) -> dict[str, str]:
        """Return what stood in the fields, to be shown again."""
        return {field.name: field.text_in(sent) for field in self if field.is_in(sent)}

    def changes(self, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return what somebody changed: what nobody touched stays as it is stored, to the letter.

        Parameters:
            sent: the form; what is not on it changes nothing.
            stored: what stood in its fields, by their names.

        Raises:
            Invalid: with all that is wrong with what was changed.
        """
        return _values_of(
            (
                field
                for field in self
                if field.is_in(sent) and field.text_in(sent) != field.text_of(stored.get(field.name))
            ),
            sent,
        )


def _values_of(fields: Iterable[Field], sent: Mapping[str, Any]) -> dict[str, Any]:
    values, problems = {}, {}
    for field in fields:
        try:
            values[field.name] = field.value_of(field.text_in(sent))
        except Wrong as wrong:
            problems[field.name] = wrong.args[0]
    if problems:
        raise Invalid(problems)
    return values


def id_in(text: str) -> int | None:
    """Return the id that a text says; None if it is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX
    return int(text) if is_number and 0 < int(text) <= LARGEST else None


def with_our_lines(text: str) -> str:
    """Return a text with the site's ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")

"""A language for relations between columns, read by a parser of its own; nothing in it can run code.

::

    capital_gain <= 10 * hours_per_week
    income_total == wages + interest
    relationship != "Husband" or marital_status == "Married-civ-spouse"
    18 <= age <= 99
    max(`net pay`, bonus) < 5000

Columns by name, in backquotes where the name is no plain word; numbers; texts in quotes; ``+ - * /``, ``min``, ``max``,
``abs``; ``== != < <= > >=``, also in chains; ``and``, ``or``, ``not``; parentheses. Numbers that should be equal may
differ by a relative 1e-9. Where a column has no value, a relation on it holds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..columns import is_missing
from ..errors import PlanError, nearest

Array = npt.NDArray[Any]
Columns = Mapping[str, Array]
Type = Literal["number", "text", "truth", "column"]

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*)|`(?P<quoted>[^`]+)`"
    r"|\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<sign><=|>=|==|!=|[-+*/()<>,]))"
)
DEEPEST, LONGEST = 40, 2_000
RELATIVE = 1e-9
"""Numbers that differ by less count as equal."""


@dataclass(frozen=True)
class Node:
    """A part of an expression: what it is, the columns in it, and its value.

    ``name``: set if it is one column. ``sides``: of an equation between numbers.
    """

    type: Type
    columns: frozenset[str]
    value: Callable[[Columns], Any]
    name: str = ""
    sides: tuple[Node, Node] | None = None


@dataclass(frozen=True)
class Relation:
    """A sentence about a row that must be true. ``sides``: where it is a single equation between numbers."""

    text: str
    columns: frozenset[str]
    value: Callable[[Columns], Any]
    sides: tuple[Node, Node] | None = None

    def holds(self, columns: Columns, rows: int) -> npt.NDArray[np.bool_]:
        """Whether it is true of each row, ``(rows,)``; it is of rows that lack a value it needs."""
        unknown = np.zeros(rows, dtype=bool)
        for name in self.columns:
            unknown |= is_missing(columns[name])
        with np.errstate(all="ignore"):
            return np.broadcast_to(self.value(columns), rows) | unknown


def close(a: Any, b: Any) -> Any:
    """Whether numbers are equal up to rounding."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return (a == b) | (np.abs(a - b) <= RELATIVE * np.maximum(np.abs(a), np.abs(b)))


def parse(text: str, known: Iterable[str], texts: Iterable[str] = (), where: str = "relation") -> Relation:
    """The relation that a text states.

    Args:
        text: in the language of this module.
        known: names of all columns.
        texts: those of them that hold texts.
        where: what errors call it.

    Raises:
        PlanError: it is not in the language, or names an unknown column; the message says at which character.
    """
    return _Parser(text, list(known), set(texts), where).relation()


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": np.divide,
}  # fmt: skip
ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": close, "!=": lambda a, b: ~close(a, b),
}  # fmt: skip
SAME: dict[str, Callable[[Any, Any], Any]] = {"==": operator.eq, "!=": operator.ne}
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "abs": (1, 1, np.abs),
    "min": (2, 99, lambda *of: np.minimum.reduce(np.broadcast_arrays(*of))),
    "max": (2, 99, lambda *of: np.maximum.reduce(np.broadcast_arrays(*of))),
}
WORDS = {"and", "or", "not"}


class _Parser:
    def __init__(self, text: str, known: list[str], texts: set[str], where: str) -> None:
        self.text, self.known, self.texts, self.where = text, known, texts, where
        self.at, self.depth = 0, 0
        self.tokens = list(self._tokens())

    def _tokens(self) -> Iterable[tuple[str, str, int]]:
        if len(self.text) > LONGEST:
            raise self._wrong(0, f"expected at most {LONGEST} characters, got {len(self.text)}")
        position = 0
        while self.text[position:].strip():
            found = TOKEN.match(self.text, position)
            if not found:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                hint = "; '==' states that two things are equal" if self.text[start] == "=" else ""
                raise self._wrong(start, f"cannot read {self.text[start]!r}{hint}")
            kind = str(found.lastgroup)
            yield kind, found[kind], found.start(kind)
            position = found.end()
        yield "end", "", len(self.text)

    def _wrong(self, position: int, problem: str) -> PlanError:
        return PlanError(f"{self.where} {self.text[:200]!r}, character {position + 1}: {problem}")

    def _take(self, *signs: str) -> str:
        kind, value, _ = self.tokens[self.at]
        if kind in ("sign", "word") and value in signs:
            self.at += 1
            return value
        return ""

    def _here(self) -> int:
        return self.tokens[self.at][2]

    def relation(self) -> Relation:
        start = self._here()
        node = self._either()
        if self.tokens[self.at][0] != "end":
            raise self._wrong(self._here(), f"expected the end or an operator, got {self.tokens[self.at][1]!r}")
        if node.type != "truth":
            raise self._wrong(start, "expected a comparison such as 'a <= b', got a value")
        if not node.columns:
            raise self._wrong(start, "expected a relation between columns, it names none")
        return Relation(self.text, node.columns, node.value, node.sides)

    def _either(self) -> Node:
        return self._joined("or", self._both, np.logical_or)

    def _both(self) -> Node:
        return self._joined("and", self._not, np.logical_and)

    def _joined(self, word: str, inner: Callable[[], Node], join: Callable[[Any, Any], Any]) -> Node:
        start, left = self._here(), inner()
        while self._take(word):
            place, right = self._here(), inner()
            self._must_be("truth", left, start)
            self._must_be("truth", right, place)
            left = _combined("truth", join, left, right)
        return left

    def _not(self) -> Node:
        self._deeper(1)
        if self._take("not"):
            place, inner = self._here(), self._not()
            self._must_be("truth", inner, place)
            found = _combined("truth", np.logical_not, inner)
        else:
            found = self._comparison()
        self._deeper(-1)
        return found

    def _comparison(self) -> Node:
        start, left = self._here(), self._sum()
        parts: list[Node] = []
        while sign := self._take(*ORDER):
            place, right = self._here(), self._sum()
            parts.append(self._compared(sign, left, right, start, place))
            start, left = place, right
        if not parts:
            return left
        if len(parts) == 1:
            return parts[0]
        return _combined("truth", lambda *of: np.logical_and.reduce(np.broadcast_arrays(*of)), *parts)

    def _compared(self, sign: str, left: Node, right: Node, start: int, place: int) -> Node:
        if "text" in (left.type, right.type):
            self._must_be("text", left, start)
            self._must_be("text", right, place)
            if sign not in SAME:
                raise self._wrong(place, f"texts have no order; expected '==' or '!=', got {sign!r}")
            return _combined("truth", SAME[sign], left, right)
        self._must_be("number", left, start)
        self._must_be("number", right, place)
        made = _combined("truth", ORDER[sign], left, right)
        return replace(made, sides=(left, right)) if sign == "==" else made

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._factor)

    def _chain(self, signs: tuple[str, ...], inner: Callable[[], Node]) -> Node:
        start, left = self._here(), inner()
        while sign := self._take(*signs):
            place, right = self._here(), inner()
            self._must_be("number", left, start)
            self._must_be("number", right, place)
            left = _combined("number", ARITHMETIC[sign], left, right)
        return left

    def _factor(self) -> Node:
        self._deeper(1)
        found = self._atom()
        self._deeper(-1)
        return found

    def _atom(self) -> Node:
        kind, value, place = self.tokens[self.at]
        if self._take("-"):
            inner = self._factor()
            self._must_be("number", inner, place + 1)
            return _combined("number", operator.neg, inner)
        if self._take("("):
            inner = self._either()
            self._close()
            return inner
        self.at += kind != "end"
        if kind == "number":
            number = float(value)
            return Node("number", frozenset(), lambda _: number)
        if kind in ("double", "single"):
            return Node("text", frozenset(), lambda _: value)
        if kind == "word" and value in FUNCTIONS and self._take("("):
            return self._function(value, place)
        if kind == "quoted" or (kind == "word" and value not in WORDS):
            return self._column(value, place)
        raise self._wrong(
            place, f"expected a column, a number or a text, got {value!r}" if value else "it ends too soon"
        )

    def _function(self, name: str, place: int) -> Node:
        arguments: list[Node] = []
        while not arguments or self._take(","):
            start, argument = self._here(), self._sum()
            self._must_be("number", argument, start)
            arguments.append(argument)
        self._close()
        least, most, function = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise self._wrong(
                place, f"{name}: expected {least if least == most else '2 or more'} values, got {len(arguments)}"
            )
        return _combined("number", function, *arguments)

    def _column(self, name: str, place: int) -> Node:
        if name not in self.known:
            raise self._wrong(place, f"no column {name!r}{nearest(name, self.known)}")
        return Node("text" if name in self.texts else "number", frozenset({name}), lambda of: of[name], name)

    def _close(self) -> None:
        if not self._take(")"):
            raise self._wrong(self._here(), "expected ')'")

    def _must_be(self, type: Type, node: Node, place: int) -> None:
        if node.type != type:
            raise self._wrong(place, f"expected a {type}, got a {node.type}")

    def _deeper(self, by: int) -> None:
        self.depth += by
        if self.depth > DEEPEST:
            raise self._wrong(self._here(), f"nested deeper than {DEEPEST}")


def _combined(type: Type, join: Callable[..., Any], *parts: Node) -> Node:
    columns = frozenset[str]().union(*(part.columns for part in parts))
    return Node(type, columns, lambda of: join(*(part.value(of) for part in parts)))

"""A text that fits a regular expression: for examples, where no better one is known."""

import re
import re._constants as kind  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from typing import Any

_OF_CATEGORY = {
    kind.CATEGORY_DIGIT: "1",
    kind.CATEGORY_WORD: "a",
    kind.CATEGORY_SPACE: " ",
    kind.CATEGORY_NOT_SPACE: "a",
    kind.CATEGORY_NOT_DIGIT: "a",
    kind.CATEGORY_NOT_WORD: "-",
}


def text_like(pattern: str) -> str | None:
    """Return the plainest text that `pattern` matches, None when that is too hard."""
    text = _text(parser.parse(pattern))
    return text if re.search(pattern, text) else None


def _text(parts: Iterable[Any]) -> str:
    return "".join(_part(operator, argument) for operator, argument in parts)


def _part(operator: Any, argument: Any) -> str:
    if operator is kind.LITERAL:
        return chr(argument)
    if operator is kind.NOT_LITERAL:
        return "a" if argument != ord("a") else "b"
    if operator is kind.ANY:
        return "a"
    if operator is kind.IN:
        return _one_of(argument)
    if operator in (kind.MAX_REPEAT, kind.MIN_REPEAT):
        least, _, inner = argument
        return _text(inner) * int(least)
    if operator is kind.SUBPATTERN:
        return _text(argument[-1])
    if operator is kind.BRANCH:
        return _text(argument[1][0])
    return ""  # Anchors and looks around take no room.


def _one_of(choices: Any) -> str:
    operator, argument = choices[0]
    if operator is kind.NEGATE:
        return "a"
    if operator is kind.RANGE:
        return chr(argument[0])
    if operator is kind.CATEGORY:
        return _OF_CATEGORY.get(argument, "a")
    return chr(argument)

"""Finding the endpoint of a path: literal steps win over parameters, whatever was added first."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from argosy.kernel.problems import Problem

E = TypeVar("E")


class _Node(Generic[E]):
    """One step of a path; `endpoints` by method, each with the names of its parameters."""

    __slots__ = ("any_step", "endpoints", "steps")

    def __init__(self) -> None:
        self.steps: dict[str, _Node[E]] = {}
        self.any_step: _Node[E] | None = None
        self.endpoints: dict[str, tuple[E, tuple[str, ...]]] = {}


class Router(Generic[E]):
    """Maps method and path to an endpoint and the values of the path's parameters."""

    def __init__(self) -> None:
        self._root: _Node[E] = _Node()

    def add(self, method: str, path: str, endpoint: E) -> None:
        """Add an endpoint; raises ValueError when method and path have one."""
        node, names = self._root, []
        for step in path.split("/")[1:]:
            if step.startswith("{"):
                names.append(step[1:-1])
                node.any_step = node.any_step or _Node()
                node = node.any_step
            else:
                node = node.steps.setdefault(step, _Node())
        if method in node.endpoints:
            raise ValueError(f"{method} {path} is declared twice")
        node.endpoints[method] = (endpoint, tuple(names))

    def find(self, method: str, raw_path: bytes) -> tuple[E, dict[str, str]]:
        """Return the endpoint and the path's values; raises Problem 400, 404 or 405."""
        try:
            steps = [unquote_to_bytes(step).decode() for step in raw_path.split(b"/")[1:]]
        except UnicodeDecodeError:
            detail = "The path is not valid UTF-8."
            raise Problem(400, "path_invalid", "Path invalid", detail) from None
        found = list(_walk(self._root, steps, ()))
        wanted = "GET" if method == "HEAD" else method
        for node, values in found:
            if wanted in node.endpoints:
                endpoint, names = node.endpoints[wanted]
                return endpoint, dict(zip(names, values, strict=True))
        if not found:
            detail = "There is nothing at this path; /docs lists what there is."
            raise Problem(404, "path_not_found", "Path not found", detail)
        allowed = sorted({each for node, _ in found for each in node.endpoints})
        raise Problem(
            405,
            "method_not_allowed",
            "Method not allowed",
            f"This path takes {', '.join(allowed)}.",
            headers={"Allow": ", ".join(allowed)},
        )


def _walk(
    node: _Node[E], steps: Sequence[str], values: tuple[str, ...]
) -> Iterable[tuple[_Node[E], tuple[str, ...]]]:
    """Give every node that the steps lead to, the most literal first."""
    if not steps:
        if node.endpoints:
            yield node, values
        return
    first, rest = steps[0], steps[1:]
    literal = node.steps.get(first)
    if literal is not None:
        yield from _walk(literal, rest, values)
    if node.any_step is not None and first:
        yield from _walk(node.any_step, rest, (*values, first))

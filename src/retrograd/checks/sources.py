"""The person's own source: which expression a line of the recording is, and a change of it as a diff."""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from retrograd.recording import Line

Position = tuple[int, int, int, int]
"""First line, first column, last line, last column, as `Line` has them."""


class Sources:
    """The files of a recording, parsed once. A file that is no Python any more is as if it were empty."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._files: dict[str, _File] = {}

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the files."""
        return iter(self._texts)

    def file(self, name: str) -> _File:
        """Return a file, parsed."""
        if name not in self._files:
            self._files[name] = _File(self._texts.get(name, ""))
        return self._files[name]

    def trees(self) -> Iterator[tuple[str, ast.Module]]:
        """Go through all files as syntax trees."""
        for name in self._texts:
            yield name, self.file(name).tree

    def node(self, line: Line | None) -> ast.AST | None:
        """Return the expression or statement that was at work, if exactly one stands there."""
        return None if line is None else self.file(line.file).at(line)

    def parent(self, file: str, node: ast.AST) -> ast.AST | None:
        """Return the node around a node."""
        return self.file(file).parents.get(node)

    def around(self, file: str, node: ast.AST | None, *kinds: type) -> ast.AST | None:
        """Return the innermost node of one of these kinds around a node, itself included."""
        while node is not None and not isinstance(node, kinds):
            node = self.file(file).parents.get(node)
        return node

    def statement(self, line: Line | None) -> ast.stmt | None:
        """Return the statement around what was at work."""
        if line is None:
            return None
        found = self.around(line.file, self.node(line) or self.file(line.file).covering(line), ast.stmt)
        return found if isinstance(found, ast.stmt) else None

    def text(self, file: str, node: ast.AST | None) -> str:
        """Return what is written in the file for a node, on one line."""
        segment = ast.get_source_segment(self._texts.get(file, ""), node) if node is not None else None
        return " ".join((segment or "").split())

    def line_text(self, file: str, number: int) -> str:
        """Return a line as it stands in the file, without its end."""
        lines = self.file(file).lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def targets(self, line: Line | None) -> tuple[str, ...]:
        """Return the names that the result of the call at work is assigned to, as in `z = call(…)`."""
        node = self.node(line)
        if line is None or node is None:
            return ()
        parent = self.parent(line.file, node)
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and parent.value is node:
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            return tuple(ast.unparse(target) for target in targets)
        return ()

    def is_alone(self, file: str, statement: ast.AST | None) -> bool:
        """Return whether a statement is all that stands on its one line, a comment aside."""
        number = getattr(statement, "lineno", 0)
        code = " ".join(self.line_text(file, number).partition("#")[0].split())
        return bool(code) and code == self.text(file, statement)

    def diff(self, file: str, changes: Mapping[int, Sequence[str]]) -> str:
        """Return a change of the file as a unified diff; an empty text if nothing changes.

        Args:
            file: One of the recording's files.
            changes: For the number of each changed line, the lines that stand there instead.
        """
        before = self.file(file).lines
        after: list[str] = []
        for number, text in enumerate(before, 1):
            after += changes.get(number, [text])
        name = os.path.basename(file)
        parts = difflib.unified_diff(before, after, name, name, n=1, lineterm="")
        return "\n".join(parts)

    def replaced(self, file: str, node: ast.AST | None, text: str) -> str:
        """Return the diff that writes something else for an expression on one line."""
        return self.rewritten(file, [(node, text)]) if node is not None else ""

    def rewritten(
        self,
        file: str,
        changes: Sequence[tuple[ast.AST, str]],
        before: Mapping[int, Sequence[str]] | None = None,
        without: Iterable[int] = (),
    ) -> str:
        """Return the diff that writes something else for several expressions, each on one line.

        Args:
            file: One of the recording's files.
            changes: The expressions, none inside of another one, each with what stands there instead.
            before: For the number of a line, lines that are put before it, indented as it is.
            without: Lines that are taken away.
        """
        lines: dict[int, list[str]] = {}
        for node, text in sorted(changes, key=lambda change: getattr(change[0], "col_offset", 0), reverse=True):
            number, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
            if not number or end != number:
                return ""
            encoded = lines.get(number, [self.line_text(file, number)])[0].encode()
            column, last = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0)
            lines[number] = [(encoded[:column] + text.encode() + encoded[last:]).decode()]
        for number, texts in (before or {}).items():
            here = lines.get(number, [self.line_text(file, number)])
            lines[number] = [*(indent(self.line_text(file, number)) + text for text in texts), *here]
        lines.update({number: [] for number in without})
        return self.diff(file, lines)

    def inserted(self, file: str, after: int, *texts: str, like: int | None = None) -> str:
        """Return the diff that puts lines behind a line, indented as the line `like` is."""
        margin = indent(self.line_text(file, like or after))
        return self.diff(file, {after: [self.line_text(file, after), *(margin + text for text in texts)]})

    def removed(self, file: str, *numbers: int) -> str:
        """Return the diff that takes lines away."""
        return self.diff(file, {number: [] for number in numbers})


class _File:
    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            self.tree = ast.Module([], [])
        self.parents: dict[ast.AST, ast.AST] = {}
        self._places: dict[Position, ast.AST] = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, (ast.expr, ast.stmt)) and node.end_lineno is not None:
                place = (node.lineno, self._column(node.lineno, node.col_offset), node.end_lineno)
                # The outermost node of a place comes first; an expression that is a statement is wanted as expression.
                key = (*place, self._column(node.end_lineno, node.end_col_offset or 0))
                if isinstance(node, ast.expr) or key not in self._places:
                    self._places[key] = node

    def _column(self, number: int, offset: int) -> int:
        line = self.lines[number - 1] if number <= len(self.lines) else ""
        return offset if line.isascii() else len(line.encode()[:offset].decode(errors="ignore"))

    def at(self, line: Line) -> ast.AST | None:
        return self._places.get((line.number, line.column, line.end_number, line.end_column))

    def covering(self, line: Line) -> ast.AST | None:
        """Return the smallest node that covers a line's first character."""
        best: ast.AST | None = None
        here = (line.number, line.column)
        for (first, left, last, right), node in self._places.items():
            if (first, left) <= here <= (last, right) and (best is None or _size(node) <= _size(best)):
                best = node
        return best


def _size(node: ast.AST) -> tuple[int, int]:
    last, first = getattr(node, "end_lineno", 0), getattr(node, "lineno", 0)
    return last - first, getattr(node, "end_col_offset", 0) - getattr(node, "col_offset", 0)


def indent(text: str) -> str:
    """Return the white space that a line begins with."""
    return text[: len(text) - len(text.lstrip())]


def called(node: ast.AST | None) -> str:
    """Return the last name of what a call calls: `step` for `self.optimizer.step()`."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""

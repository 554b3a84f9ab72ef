"""Waiting until a package is imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


def when_imported(name: str, then: Callable[[], None]) -> Callable[[], None]:
    """Call something as soon as a package has been imported; at once if it is there already.

    Returns:
        A function that forgets about it.
    """
    if name in sys.modules:
        then()
        return lambda: None
    waiting = _Waiting(name, then)
    sys.meta_path.insert(0, waiting)
    return waiting.forget


class _Waiting(MetaPathFinder):
    """Finds nothing itself; lets the others find one package, and is told when it was executed."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name, self.then = name, then

    def forget(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that Python would find, with a loader that reports."""
        if fullname != self.name:
            return None
        self.forget()
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            loader = spec.loader
            execute = loader.exec_module

            def execute_and_tell(module: ModuleType) -> None:
                del loader.exec_module  # type: ignore[misc]
                execute(module)
                self.then()

            loader.exec_module = execute_and_tell  # type: ignore[method-assign]
        return spec

"""A program that copies its buffers while it runs: what a replay keeps of each step, at the least cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from retrograd.contents import MEMORY, content, summary
from retrograd.program.execution import below_autograd, check_executable
from retrograd.program.surroundings import Kinds, Randomness
from retrograd.program.writing import Tensors, Writing
from retrograd.recording import Program, Reference


class Copying:
    """A program, ready to run many times."""

    def __init__(self, program: Program, sizes: Mapping[tuple[int, int], int]) -> None:
        """Prepare to execute a program.

        Args:
            program: What to do.
            sizes: For a buffer and a slot that shows all of it, how many bytes to copy; -1 for a summary.

        Raises:
            NotReproducibleError: Something took part in the step that no ATen operation shows.
        """
        check_executable(program)
        self._program = program
        self._run = _Writing(program, sizes).function()
        self._constants = {constant.number: constant.value for constant in program.constants}
        self._kinds = Kinds(None, None)
        self._calm = Randomness(program, (), None)
        """For a program that draws nothing."""

    def execute(
        self,
        start: Mapping[int, Tensor],
        constants: Mapping[int, complex],
        generators: Sequence[bytes],
        drawn: dict[int, bytes],
    ) -> tuple[Tensors, dict[int, bytes]]:
        """Execute the program as `retrograd.program.execute` does; return what it leaves, and its buffers."""
        contents: dict[int, bytes] = {}
        numbers = {**self._constants, **constants}
        if not self._program.draws:
            with below_autograd():
                return self._run(start, numbers, self._kinds, self._calm, contents), contents
        randomness = Randomness(self._program, generators, None)
        with below_autograd(), randomness.kept():
            end = self._run(start, numbers, self._kinds, randomness, contents)
            drawn.update(randomness.states())
        return end, contents


class _Writing(Writing):
    """A buffer is copied through the first slot that shows all of it: the one that the recorder looked at."""

    def __init__(self, program: Program, sizes: Mapping[tuple[int, int], int]) -> None:
        super().__init__(program)
        self._sizes, self._copied = sizes, set[int]()
        self._names |= {"memory": MEMORY, "content": content, "summary": summary}

    def _begin(self) -> None:
        for reference in self._program.start:
            self._show(reference)

    def _show(self, reference: Reference) -> None:
        size = self._sizes.get((reference.buffer, reference.slot))
        if size is None or reference.buffer in self._copied:
            return
        self._copied.add(reference.buffer)
        self._need(reference.slot)
        tensor, whole = f"t{reference.slot}", size >= 0
        copy = f"content({tensor})" if whole else f"summary({tensor})"
        if whole and self._program.slots[reference.slot].device == "cpu":
            copy = f"memory[(at := {tensor}.data_ptr()) : at + {size}]"
        self._lines.append(f"witness[{reference.buffer}] = {copy}")

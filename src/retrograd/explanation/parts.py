"""What an explanation is: rules with numbers put in. Nothing here knows how they are found."""

from __future__ import annotations

from dataclasses import dataclass

from retrograd.recording import Reference


@dataclass(frozen=True, slots=True)
class Example:
    """One entry of a result, with the numbers put in."""

    index: tuple[int, ...]
    """Which entry; () for a single number."""
    working: str
    """`0.2252 · (1 − 0.4614²)`"""
    computed: float
    """What the rule gives for this entry, computed in float64 from the recorded numbers."""
    recorded: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How one result of an event follows from what the event took."""

    target: str
    """What is computed: `z`, `∂loss/∂b`, `w.grad`."""
    reference: Reference | None
    """The recorded value of it."""
    formula: str
    """The rule in the person's names, as one line of text: `(sigmoid of z) − y`, as mathematics."""
    mathml: str
    """The same as the content of a `<math>` element."""
    names: tuple[tuple[str, str], ...]
    """What else stands in the formula: `("G", "∂loss/∂z")`, `("N", "3")`."""
    remarks: tuple[str, ...]
    """Sentences: what was broadcast and added up, what was not kept."""
    examples: tuple[Example, ...]
    """Entries with their numbers, the first ones and the largest one; none where numbers were not kept."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one event computes."""

    step: int
    event: int
    title: str
    """A sentence that says what kind of computation it is."""
    rules: tuple[Rule, ...]
    sources: tuple[str, ...]
    """The entries of PyTorch's derivatives.yaml that the rules are written after."""
    remarks: tuple[str, ...]
    """Why there is no rule, if there is none."""

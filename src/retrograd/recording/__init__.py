"""What a recording is. Nothing here knows PyTorch, files or screens.

A recording is a sequence of steps. What one turn of the loop *does* (its operations, events, tensors) is
the same turn after turn, so it is stored once, as a `Program`; a `Step` is a program's number and the
bytes of its values. The vocabulary, from small to large:

    Slot        a tensor of a program: one place in memory, seen with one shape
    Buffer      the content of such a place between two writes to it
    Reference   a slot at one moment: which buffer it showed then
    Value       the numbers behind a reference in one step: an array, or a summary of a large one
    Operation   an ATen operation, from slots to slots: the executable part
    Event       one thing that happened, as the person wrote it: the readable part
    Program     all of these for one kind of turn
    Step        one turn: a program and a row of bytes
    Recording   all steps, what came before and after them, the sources, and what could not be seen
"""

from retrograd.recording.parts import (
    Binding,
    Buffer,
    Constant,
    Event,
    Kind,
    Layout,
    Line,
    Node,
    Note,
    NoteKind,
    Operation,
    Phase,
    Program,
    Reference,
    Slot,
    Step,
    Summary,
    Value,
)
from retrograd.recording.recordings import (
    Recording,
    Source,
    Steps,
)
from retrograd.recording.references import (
    constants_at,
    constants_in,
    flat,
    hands_out_memory,
    in_another_order,
    reference_to,
    references_in,
    slots_in,
    unstable_buffers,
)
from retrograd.recording.rows import (
    NUMPY_DTYPES,
    SAMPLE_LENGTH,
    SUMMARY_HEAD,
    extent,
    itemsize,
    loss_of,
    offsets,
    summary_nbytes,
    value_of,
)

__all__ = [
    "NUMPY_DTYPES",
    "SAMPLE_LENGTH",
    "SUMMARY_HEAD",
    "Binding",
    "Buffer",
    "Constant",
    "Event",
    "Kind",
    "Layout",
    "Line",
    "Node",
    "Note",
    "NoteKind",
    "Operation",
    "Phase",
    "Program",
    "Recording",
    "Reference",
    "Slot",
    "Source",
    "Step",
    "Steps",
    "Summary",
    "Value",
    "constants_at",
    "constants_in",
    "extent",
    "flat",
    "hands_out_memory",
    "in_another_order",
    "itemsize",
    "loss_of",
    "offsets",
    "reference_to",
    "references_in",
    "slots_in",
    "summary_nbytes",
    "unstable_buffers",
    "value_of",
]

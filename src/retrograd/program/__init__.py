"""A recorded step is a program: execute it again, on its own values or on others.

writing         a program as Python source
execution       execute(): a program on given tensors
copying         a program that copies its buffers while it runs
entries         entries_of(): all entries of one tensor of which a summary was kept
starts          start_of(): what a step began with, made anew from the recording
course          steps executed one after the other, and what each leaves for the next
leaving         where in its last turn a loop was left
proofs          prove(): every step executed and compared; reconstruct(): one step with all its values
"""

from retrograd.program.entries import entries_of
from retrograd.program.execution import below_autograd, execute, recorded_threads, with_other_operations
from retrograd.program.proofs import Proof, prove, reconstruct
from retrograd.program.starts import start_of
from retrograd.program.writing import StandIn, Tensors, Witness

__all__ = [
    "Proof",
    "StandIn",
    "Tensors",
    "Witness",
    "below_autograd",
    "entries_of",
    "execute",
    "prove",
    "reconstruct",
    "recorded_threads",
    "start_of",
    "with_other_operations",
]

"""CHECKS: what looks for one mistake each. A check is a module here, with a page beside it.

A module `grad_not_cleared.py` has `find(evidence)`, which returns findings named `grad-not-cleared`, and its page
`grad_not_cleared.md` says what happens, why it is wrong, and has an example and its cure, which are also its test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Tier(IntEnum):
    """How a check knows. Findings of a lower tier are causes; what a higher one finds beside them is a symptom."""

    CRASH = 1
    """It explains the exception that ended the loop."""
    PROVENANCE = 2
    """Who wrote, read or cleared what, and in which order."""
    NUMBERS = 3
    """Where the first number that is not finite came from."""
    THRESHOLD = 4
    """The numbers of this loop, judged."""


@dataclass(frozen=True, slots=True)
class Check:
    """A row of CHECKS."""

    name: str
    """What is wrong, read as "this loop has: …"."""
    tier: Tier
    summary: str
    """One sentence for a list."""
    module: str = ""
    """Where `find` is; empty for the module of the same name in this package."""


CHECKS: tuple[Check, ...] = (
    # ------------------------------------------------ the exception that ended the loop
    Check("update-tracked", Tier.CRASH, "A leaf is updated in place while autograd is recording."),
    Check("inplace-saved", Tier.CRASH, "A value that backward needs was overwritten in place."),
    Check("backward-twice", Tier.CRASH, "Backward goes a second time through a graph whose saved values are gone."),
    Check("loss-nonscalar", Tier.CRASH, "Backward is called on many numbers instead of one."),
    Check("forward-no-grad", Tier.CRASH, "The forward pass of a training step runs under no_grad."),
    Check("param-lost-grad", Tier.CRASH, "The parameter's name is bound to a tensor that wants no gradient."),
    # ------------------------------------------------ the life of gradients and parameters
    Check("param-not-leaf", Tier.PROVENANCE, "What the loop treats as a parameter is the result of an operation."),
    Check("grad-not-cleared", Tier.PROVENANCE, "An update uses gradients that an earlier update had used already."),
    Check("grad-cleared-before-step", Tier.PROVENANCE, "A gradient is cleared before any update has used it."),
    Check("param-reinit", Tier.PROVENANCE, "Parameters are made anew in every step."),
    Check("stale-optimizer", Tier.PROVENANCE, "The optimiser holds tensors that are not those of the forward pass."),
    Check("update-not-applied", Tier.PROVENANCE, "An update is computed and its result goes nowhere."),
    Check("graph-broken", Tier.PROVENANCE, "A value left torch as a number, and the loss is made of that."),
    Check(
        "graph-detached-mid", Tier.PROVENANCE, "detach, .data or no_grad cuts the way to parameters that should learn."
    ),
    Check("nondiff-op", Tier.PROVENANCE, "An operation without a useful derivative stands before the loss."),
    Check("param-not-in-optimizer", Tier.PROVENANCE, "A parameter gets gradients and no update."),
    Check("step-missing", Tier.PROVENANCE, "Gradients arrive, and nothing ever updates a parameter."),
    Check("update-wrong-sign", Tier.PROVENANCE, "Parameters move along the gradient of what should become small."),
    Check("clip-after-step", Tier.PROVENANCE, "Gradients are clipped after the update has used them."),
    Check("clip-to-zero", Tier.PROVENANCE, "A bound of zero makes every gradient zero."),
    Check("optimizer-in-loop", Tier.PROVENANCE, "The optimiser is made anew in every step and forgets its state."),
    # ------------------------------------------------ what the loss is made of
    Check(
        "target-dtype", Tier.PROVENANCE, "Targets have the wrong dtype, or lost their fractions to an integer dtype."
    ),
    Check("loss-expects-probs", Tier.PROVENANCE, "A loss that expects (log-)probabilities gets something else."),
    Check("double-sigmoid", Tier.PROVENANCE, "What sigmoid gave is treated as logits."),
    Check("double-softmax", Tier.PROVENANCE, "What softmax gave is treated as logits."),
    Check("softmax-wrong-axis", Tier.PROVENANCE, "Softmax runs over the samples instead of the classes."),
    Check("loss-broadcast", Tier.PROVENANCE, "Prediction and target are broadcast: each is compared with each."),
    Check("shuffle-mismatch", Tier.PROVENANCE, "Inputs and targets are permuted differently."),
    Check("target-leak", Tier.PROVENANCE, "The target is among the inputs."),
    Check("last-activation", Tier.PROVENANCE, "The last activation cannot reach the targets."),
    Check("same-batch", Tier.PROVENANCE, "Every step takes the same samples, though there are more."),
    Check("data-not-shuffled", Tier.PROVENANCE, "Batches hold one class after the other."),
    Check("zero-init", Tier.PROVENANCE, "All units of a layer begin with the same numbers, and stay the same."),
    Check("eval-mode-in-training", Tier.PROVENANCE, "Training steps run in evaluation mode."),
    Check("train-mode-at-eval", Tier.PROVENANCE, "An evaluation runs with dropout, or with its batch's statistics."),
    Check("param-frozen", Tier.PROVENANCE, "A parameter that should learn does not require grad."),
    Check("sched-before-step", Tier.PROVENANCE, "The learning-rate scheduler steps before the optimiser."),
    Check("data-mutation", Tier.PROVENANCE, "A saved value is changed through .data, unnoticed by autograd."),
    Check("graph-grows", Tier.PROVENANCE, "The graph of each step contains that of the steps before."),
    Check("graph-held", Tier.PROVENANCE, "Losses are kept with their graphs."),
    # ------------------------------------------------ the first number that is not finite
    Check("half-precision", Tier.NUMBERS, "16-bit parameters cannot hold what the update needs."),
    Check("where-nan", Tier.NUMBERS, "A branch that was not selected comes back as NaN in the backward."),
    Check("log-zero", Tier.NUMBERS, "The logarithm of an exact zero."),
    Check("sqrt-zero", Tier.NUMBERS, "A square root, or a norm, of zero has an infinite slope."),
    Check("first-nonfinite", Tier.NUMBERS, "A division by zero was the first number that is not finite."),
    # ------------------------------------------------ the numbers, judged
    Check("accum-not-scaled", Tier.THRESHOLD, "Mean losses are added up before an update, and nothing divides."),
    Check("exploding-grad", Tier.THRESHOLD, "Gradients or activations grow by a factor per layer."),
    Check("input-unscaled", Tier.THRESHOLD, "Inputs of a large scale go into the first layer as they are."),
    Check("loss-sum-large-n", Tier.THRESHOLD, "A loss is summed over many samples with a rate meant for a mean."),
    Check("lr-too-large", Tier.THRESHOLD, "The steps are larger than the curvature allows."),
    Check("dead-relu", Tier.THRESHOLD, "A layer's ReLU is zero for every sample."),
    Check("vanishing-grad", Tier.THRESHOLD, "Gradients of early layers are many orders smaller."),
    Check("lr-decayed-to-zero", Tier.THRESHOLD, "The learning rate is practically zero long before the end."),
    Check("lr-too-small", Tier.THRESHOLD, "Hardly any progress, though a larger step would have made some."),
)
"""All checks; among findings of the same tier the earlier row comes first."""

"""Draws that cut the way from a loss to what computed their mean. No check of its own: graph-detached-mid asks this."""

from __future__ import annotations

from retrograd.checks.calls import short
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

NOISE = frozenset({"randn", "randn_like", "normal", "normal_"})


def cut_sample(turn: Turn, root: Event) -> tuple[Event, Reference] | None:
    """Return a draw from a normal distribution that cuts the way to what computed its mean, and that mean.

    The mean goes into the loss by another way, too, as in the divergence of an autoencoder, so that its parameters get
    gradients. Where the draw is compared with its mean, its log-probability is wanted, and the cut is right.
    """
    shape = turn.shape
    behind = shape.behind(root)
    for draw in behind:
        if short(draw) not in ("normal", "add", "__add__") or not draw.outputs or root.number not in shape.in_graph:
            continue
        if shape.tracked[draw.number] if short(draw) != "normal" else not draw.inputs:
            continue
        for middle in draw.inputs:
            maker = shape.makers.get(middle.buffer)
            if maker is None or maker not in shape.in_graph or middle.buffer not in shape.dependent:
                continue
            noise = [r for r in draw.inputs if r.buffer != middle.buffer]
            if short(draw) != "normal" and not any(_is_noise(turn, reference) for reference in noise):
                continue
            if _is_used_beside(turn, behind, middle, draw) and not _meets(turn, behind, draw, middle):
                return draw, middle
    return None


def _is_noise(turn: Turn, reference: Reference) -> bool:
    maker = turn.shape.makers.get(reference.buffer)
    made = turn.shape.behind(turn.shape.events[maker]) if maker is not None else []
    return any(short(event) in NOISE for event in made)


def _is_used_beside(turn: Turn, behind: list[Event], middle: Reference, draw: Event) -> bool:
    """Return whether gradients go through a mean in another way than by its draw."""
    return any(
        middle.buffer in [r.buffer for r in event.inputs]
        and event.number in turn.shape.in_graph
        and event.number != draw.number
        for event in behind
    )


def _meets(turn: Turn, behind: list[Event], draw: Event, middle: Reference) -> bool:
    """Return whether a draw, or what is made of it alone, is compared with its mean or with what is made of that."""
    alone = {r.buffer for r in draw.outputs}
    means = {middle.buffer}
    for event in behind:
        if event.number <= draw.number and not any(r.buffer in means for r in event.inputs):
            continue
        given = {r.buffer for r in event.inputs}
        if given & alone and given & means:
            return True
        if given & alone and not given & turn.shape.dependent:
            alone |= {r.buffer for r in event.outputs}
        elif given & means and len(given) == 1 and event.number != draw.number:
            means |= {r.buffer for r in event.outputs}
    return False

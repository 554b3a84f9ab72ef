"""Programs as the viewer reads them: plain data with the graph, the rules of derivatives and the operations beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from retrograd.explanation import explain
from retrograd.recording import (
    Event,
    Node,
    Program,
    Recording,
    Reference,
    Step,
    constants_at,
    summary_nbytes,
)
from retrograd.views.events import expression, gradients_of, is_look, name_of
from retrograd.views.graph import View, graph_of
from retrograd.views.numbers import json_number
from retrograd.views.plain import MOST_NAME, MOST_SAID, Plain, paragraphs
from retrograd.views.rows import Rows, scale_key
from retrograd.views.text import printable

MOST_EXPLAINED = 2000
"""So many events are explained, those of the first programs first; a recording may have very many programs."""


def programs_of(recording: Recording, rows: Rows) -> list[Plain]:
    """Return the programs of a recording with rules for those whose numbers are shown."""
    plain = []
    explained = 0
    for program in recording.programs:
        step = rows.example.get(program.number)
        explained += len(program.events)
        rules = _rules(recording, step) if step is not None and explained <= MOST_EXPLAINED else {}
        plain.append(_program(recording, program, rows.scales, rules))
    return plain


def _rules(recording: Recording, step: Step) -> dict[int, list[Any]]:
    """Return for each event the formulas of its results: target, MathML, what else stands there, the result.

    They are those of one step. Formulas belong to the program; numbers are put in by the viewer.
    """
    rules: dict[int, list[Any]] = {}
    for event in step.program.events if step.program is not None else ():
        if event.kind not in ("forward", "backward", "other"):
            continue
        try:
            found = explain(recording, step, event.number).rules
        except Exception:  # an explanation that fails is no reason to show nothing
            continue
        plain = [
            [
                printable(rule.target)[:MOST_NAME],
                _mathematics(rule.mathml),
                [[printable(name)[:MOST_NAME], printable(meaning)[:MOST_NAME]] for name, meaning in rule.names],
                _reference(rule.reference) if rule.reference is not None else None,
            ]
            for rule in found
            if len(rule.mathml) <= MOST_SAID
        ]
        if plain:
            rules[event.number] = plain
    return rules


def _mathematics(mathml: str) -> str:
    """Return MathML with its invisible signs of multiplication and application, but no others."""
    return "".join(c if c in "\u2061\u2062\u2063" else printable(c) for c in mathml)


def _program(
    recording: Recording, program: Program, scales: Mapping[Any, float], rules: Mapping[int, list[Any]]
) -> Plain:
    made = {
        reference.slot
        for event in program.events
        if event.node is None and event.phase == "forward" and event.kind == "forward"
        for reference in event.outputs
        if reference not in event.inputs
    }
    names = [name_of(recording, program, Reference(slot.number, -2))[:MOST_NAME] for slot in program.slots]
    return {
        "slots": [
            {
                "name": None if slot.name is None else printable(slot.name)[:MOST_NAME],
                "label": names[slot.number],
                "storage": slot.storage,
                "dtype": slot.dtype,
                "shape": list(slot.shape),
                "stride": list(slot.stride),
                "offset": slot.offset,
                "device": slot.device,
                "external": slot.external,
                # What forward made is no leaf, even where it was seen before its history was attached to it.
                "leaf": slot.leaf and slot.number not in made,
                "requires_grad": slot.requires_grad,
                "parameter": slot.parameter,
                "gradient_of": slot.gradient_of,
                "scale": json_number(scales.get(scale_key(program, slot.number), 0.0)),
            }
            for slot in program.slots
        ],
        "buffers": [[b.start, b.nbytes, b.dtype, int(b.whole), int(b.kept)] for b in program.buffers],
        "summaries": [0 if buffer.whole else summary_nbytes(buffer) for buffer in program.buffers],
        "constants": [[c.name and printable(c.name)[:MOST_NAME], json_number(c.value)] for c in program.constants],
        "events": [
            _event(recording, program, event) | ({"rules": rules[event.number]} if event.number in rules else {})
            for event in program.events
        ],
        "operations": [
            [operation.event, _operation(program, operation.name, operation.arguments, operation.keywords)]
            for operation in program.operations
        ],
        "start": _references(program.start),
        "end": _references(program.end),
        "losses": _references(program.losses),
        "gradients": [[slot, *_reference(reference)] for slot, reference in program.gradients],
        "views": [_view(view) for view in graph_of(recording, program)],
    }


def _reference(reference: Reference) -> list[int]:
    return [reference.slot, reference.buffer]


def _references(references: Sequence[Reference]) -> list[list[int]]:
    return [_reference(reference) for reference in references]


def _event(recording: Recording, program: Program, event: Event) -> Plain:
    plain: Plain = {
        "kind": event.kind,
        "phase": event.phase,
        "line": event.line,
        "name": printable(event.name)[:MOST_NAME],
        "inputs": _references(event.inputs),
        "outputs": _references(event.outputs),
    }
    plain |= {"text": paragraphs(event.text)} if event.text else {}
    part = expression(recording, event)
    plain |= {"part": part[:MOST_NAME]} if part and event.node is None else {}
    plain |= {"look": True} if is_look(event) else {}
    if event.node is not None:
        plain["node"] = _node(recording, program, event, event.node)
    used = sorted(set(constants_at(program, event)))
    return plain | ({"constants": used} if used else {})


def _node(recording: Recording, program: Program, event: Event, node: Node) -> Plain:
    into, out = gradients_of(recording, program, event) if event.kind == "backward" else ([], [])
    return {
        "name": printable(node.name)[:MOST_NAME],
        "forward": node.forward,
        "into": [[name[:MOST_NAME], *_reference(reference)] for name, reference in into],
        "out": [[name[:MOST_NAME], *_reference(reference)] for name, reference in out],
        "saved": [[printable(name)[:MOST_NAME], *_reference(reference)] for name, reference in node.saved],
    }


def _operation(program: Program, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> list[Any]:
    """Return a call as a list: its text, in which a number stands for the constant of that number."""
    parts: list[Any] = [f"{printable(name)}("]
    for place, (key, argument) in enumerate([*(("", each) for each in arguments), *keywords.items()]):
        parts.append((", " if place else "") + (f"{key}=" if key else ""))
        _argument(program, argument, parts)
    parts.append(")")
    joined: list[Any] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return [part[:2000] if isinstance(part, str) else part for part in joined]


def _argument(program: Program, argument: Any, parts: list[Any]) -> None:  # plain data, as Operation describes it
    if isinstance(argument, dict) and "slot" in argument:
        parts.append(printable(program.slots[argument["slot"]].name or f"%{argument['slot']}")[:MOST_NAME])
    elif isinstance(argument, dict) and "constant" in argument:
        parts.append(argument["constant"])
    elif isinstance(argument, dict) and "list" in argument:
        parts.append("[")
        for place, entry in enumerate(argument["list"]):
            parts.append(", " if place else "")
            _argument(program, entry, parts)
        parts.append("]")
    elif isinstance(argument, dict):
        parts.append(printable(", ".join(map(str, argument.values())))[:MOST_NAME])
    else:
        parts.append(printable(str(argument))[:MOST_NAME])


def _view(view: View) -> Plain:
    nodes = []
    for node in view.nodes:
        plain: Plain = {"kind": node.kind, "title": list(node.title), "events": list(node.events)}
        plain["box"] = [node.x, node.y, node.width, node.height]
        plain |= {"remarks": [list(remark) for remark in node.remarks]} if node.remarks else {}
        plain |= {"tensor": _reference(node.reference)} if node.reference is not None else {}
        if node.gradient is not None:
            plain["gradient"] = [node.gradient[0], *_reference(node.gradient[1])]
        if node.tile is not None:
            tile = node.tile
            plain["tile"] = [tile.kind, tile.rows, tile.columns, tile.width, tile.height]
        plain |= {"view": node.view} if node.view is not None else {}
        nodes.append(plain)
    edges = [
        {"from": edge.source, "to": edge.target, "events": list(edge.events), "label": edge.label}
        | {"points": [coordinate for point in edge.points for coordinate in point]}
        for edge in view.edges
    ]
    return {
        "title": view.title[:MOST_NAME],
        "parent": view.parent,
        "size": [view.width, view.height],
        "nodes": nodes,
        "edges": edges,
    }

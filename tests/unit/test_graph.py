"""The graph of a step: which boxes there are, what lights them, and how a large one is folded."""

from dataclasses import replace

import handmade

from retrograd.recording import Event, Recording, Reference
from retrograd.views.folding import MOST_FOLDS, MOST_OPERATIONS
from retrograd.views.graph import Node, View, graph_of, tile_of


def notebook() -> tuple[View, ...]:
    recording = handmade.recorded(2)
    return graph_of(recording, recording.programs[-1])


def node(view: View, title: str) -> Node:
    return next(each for each in view.nodes if "".join(each.title) == title)


def test_the_notebook_is_one_view_from_its_leaves_to_its_loss():
    (view,) = notebook()
    kinds = {"".join(each.title): each.kind for each in view.nodes}
    assert {name: kind for name, kind in kinds.items() if kind == "leaf"} == dict.fromkeys(("x", "w", "b", "y"), "leaf")
    assert kinds["z"] == kinds["loss"] == "tensor"
    assert [each.title for each in view.nodes if each.kind == "operation"][:2] == [("@",), ("+",)]
    order = [node(view, name).x for name in ("w", "@", "z", "loss")]
    assert order == sorted(order)


def test_a_long_name_is_cut_and_a_long_expression_left_out():
    recording = handmade.recorded(2)
    program = recording.programs[-1]
    named = [
        replace(slot, name="weights_of_the_hidden_layer_before_the_head") if slot.name == "w" else slot
        for slot in program.slots
    ]
    (view,) = graph_of(recording, replace(program, slots=tuple(named)))
    titles = [each.title for each in view.nodes if each.kind == "leaf"]
    assert ("weights_of_the_", "hidden_layer_", "before_the_head") in titles


def test_an_operation_has_its_backward_nodes():
    (view,) = notebook()
    assert node(view, "@").remarks == (("MmBackward0", 6),)
    assert node(view, "+").events == (1, 5)


def test_a_leaf_is_lit_by_accumulation_update_and_clear():
    recording = handmade.recorded(2)
    (view,) = graph_of(recording, recording.programs[-1])
    kinds = [recording.programs[-1].events[number].kind for number in node(view, "w").events]
    assert kinds == ["accumulate", "other", "update", "clear"]


def test_a_gradient_is_complete_when_it_has_arrived():
    recording = handmade.recorded(2)
    program = recording.programs[-1]
    (view,) = graph_of(recording, program)
    for name, kind in (("w", "accumulate"), ("z", "backward"), ("loss", "call")):
        gradient = node(view, name).gradient
        assert gradient is not None
        assert program.events[gradient[0]].kind == kind
    assert node(view, "x").gradient is None


def test_no_gradient_flows_where_none_is_wanted():
    (view,) = notebook()
    for edge in view.edges:
        if "".join(view.nodes[edge.source].title) in ("x", "y"):
            assert len(edge.events) == 1


def long(count: int, lines: int = 1) -> Recording:
    """Return a recording of one step that does the same forward operation on and on."""
    recording = handmade.recorded(1)
    program = recording.programs[0]
    first = program.events[1]
    buffers = list(program.buffers)
    slots = list(program.slots)
    events: list[Event] = []
    last = first.outputs[0]
    for number in range(count):
        slots.append(replace(slots[last.slot], number=len(slots), storage=len(slots), name=None))
        buffers.append(replace(buffers[last.buffer], number=len(buffers), storage=len(slots) - 1))
        after = Reference(len(slots) - 1, len(buffers) - 1)
        line = first.line if lines == 1 else (0 if number // 3 % 2 else 1)
        events.append(replace(first, number=number, line=line, inputs=(last,), outputs=(after,), operations=(0, 0)))
        last = after
    program = replace(program, slots=tuple(slots), buffers=tuple(buffers), events=tuple(events))
    recording.source.programs_[0] = program
    return recording


def operations_in(view: View) -> int:
    return sum(each.kind == "operation" for each in view.nodes)


def test_a_large_graph_is_folded_into_parts_that_can_be_seen():
    for count in (MOST_OPERATIONS + 1, 300, 5000):
        for lines in (1, 2):
            recording = long(count, lines)
            views = graph_of(recording, recording.programs[0])
            assert operations_in(views[0]) == 0
            assert sum(operations_in(view) for view in views) == count
            for view in views:
                assert operations_in(view) <= MOST_OPERATIONS
                assert sum(each.kind == "fold" for each in view.nodes) <= MOST_FOLDS
                assert view is views[0] or view.parent is not None


def test_every_fold_leads_to_the_view_of_its_events():
    recording = long(300, 2)
    views = graph_of(recording, recording.programs[0])
    for view in views:
        for each in view.nodes:
            if each.kind == "fold":
                assert each.view is not None
                assert set(views[each.view].events) <= set(each.events)


def test_tensors_are_drawn_by_their_size():
    assert tile_of((), True).kind == "cells"
    assert (tile_of((5, 3), True).rows, tile_of((5, 3), True).columns) == (5, 3)
    assert tile_of((8, 64), True).kind == "pixels"
    assert tile_of((100, 100), True).kind == "statistics"
    assert tile_of((4, 4), False).kind == "statistics"
    assert tile_of((0, 3), True).kind == "statistics"

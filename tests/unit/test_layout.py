"""Layered graphs: every edge to the right, no box on another."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrograd.views.layout import Box, Layout, layout_of


def acyclic() -> st.SearchStrategy[tuple[list[Box], list[tuple[int, int]]]]:
    def with_edges(count: int) -> st.SearchStrategy[tuple[list[Box], list[tuple[int, int]]]]:
        sizes = st.tuples(st.integers(10, 200), st.integers(10, 200), st.booleans())
        boxes = st.lists(sizes, min_size=count, max_size=count)
        pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).map(lambda p: (min(p), max(p)))
        edges = (
            st.lists(pairs.filter(lambda pair: pair[0] != pair[1]), max_size=2 * count) if count > 1 else st.just([])
        )
        return st.tuples(boxes.map(lambda all_: [Box(*each) for each in all_]), edges)

    return st.integers(1, 14).flatmap(with_edges)


def overlapping(boxes: list[Box], layout: Layout) -> list[tuple[int, int]]:
    def apart(one: int, other: int) -> bool:
        (x0, y0), (x1, y1) = layout.corners[one], layout.corners[other]
        beside = x0 + boxes[one].width <= x1 or x1 + boxes[other].width <= x0
        return beside or y0 + boxes[one].height <= y1 + 0.2 or y1 + boxes[other].height <= y0 + 0.2

    return [pair for pair in combinations(range(len(boxes)), 2) if not apart(*pair)]


def is_above(box: Box, corner: tuple[float, float], other: tuple[float, float]) -> bool:
    return corner[1] + box.height <= other[1]


@given(acyclic())
def test_edges_point_right_and_no_box_covers_another(graph):
    boxes, edges = graph
    layout = layout_of(boxes, edges)
    assert not overlapping(boxes, layout)
    for (source, target), way in zip(edges, layout.ways, strict=True):
        if is_above(boxes[source], layout.corners[source], layout.corners[target]):
            continue  # perhaps in the next line, whose test is below
        assert layout.corners[source][0] + boxes[source].width < layout.corners[target][0]
        xs = [x for x, _ in way]
        assert xs == sorted(xs)
    for (x, y), box in zip(layout.corners, boxes, strict=True):
        assert 0 <= x <= layout.width - box.width
        assert 0 <= y <= layout.height - box.height


def test_an_input_stands_beside_what_takes_it():
    # 0 -> 1 -> 2, and 3 -> 2: the input 3 is drawn to 2, not to the far left.
    boxes = [Box(10, 10), Box(10, 10), Box(10, 10), Box(10, 10, late=True)]
    layout = layout_of(boxes, [(0, 1), (1, 2), (3, 2)])
    assert layout.corners[3][0] == layout.corners[1][0]


def test_a_circle_is_drawn_all_the_same():
    layout = layout_of([Box(10, 10)] * 3, [(0, 1), (1, 2), (2, 0)])
    assert len(set(layout.corners)) == 3


def test_two_crossing_edges_are_untangled():
    # 0 -> 3 and 1 -> 2 cross unless one of the layers is turned round.
    layout = layout_of([Box(10, 10)] * 4, [(0, 3), (1, 2)])
    ys = [y for _, y in layout.corners]
    assert (ys[0] < ys[1]) == (ys[3] < ys[2])


def test_nothing_needs_no_room():
    assert layout_of([], []).corners == ()


def test_a_thousand_boxes_in_a_chain_are_no_matter():
    count = 1000
    layout = layout_of([Box(10, 10)] * count, [(n, n + 1) for n in range(count - 1)])
    assert len({x for x, _ in layout.corners}) == count


def chained(count: int, width: float, height: float) -> tuple[list[Box], list[tuple[int, int]], Layout]:
    boxes, edges = [Box(width, height)] * count, [(n, n + 1) for n in range(count - 1)]
    edges += [(n, n + 2) for n in range(0, count - 2, 3)]
    return boxes, edges, layout_of(boxes, edges)


def test_what_fits_on_a_screen_stands_in_one_line():
    _, _, layout = chained(6, 120, 50)
    xs = [x for x, _ in layout.corners]
    assert xs == sorted(xs)


def test_a_long_row_is_broken_into_lines_that_can_be_read():
    boxes, edges, layout = chained(20, 120, 50)
    # In one line it would be 20 * 120 wide and more, which 800 pixels show in a third of its size.
    assert min(800 / layout.width, 320 / layout.height) >= 0.55
    assert not overlapping(boxes, layout)
    breaks = 0
    for source, target in edges[:19]:
        (x0, _), (x1, _) = layout.corners[source], layout.corners[target]
        if x1 < x0:
            breaks += 1
            assert is_above(boxes[source], layout.corners[source], layout.corners[target])
    assert breaks >= 1


def test_a_wire_goes_back_where_no_box_stands():
    boxes, _, layout = chained(20, 120, 50)
    back = [(a, b) for way in layout.ways for a, b in pairwise(way) if b[0] < a[0]]
    assert back
    for (_, y), (_, end) in back:
        assert y == end
        assert all(not top < y < top + box.height for (_, top), box in zip(layout.corners, boxes, strict=True))


def test_what_no_number_of_lines_makes_readable_stays_in_one():
    _, _, layout = chained(12, 300, 400)
    xs = [x for x, _ in layout.corners]
    assert xs == sorted(xs)

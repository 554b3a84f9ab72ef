"""Where the boxes of a graph stand: in layers from left to right, with few crossings. Nothing here knows recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrograd.views.wrapping import Column, Lines, wrapped

LAYER_GAP, BOX_GAP, MARGIN = 26.0, 14.0, 8.0
"""Between two layers, between two boxes of a layer, and around everything; in the same units as the boxes."""

SWEEPS = 8
"""So often the order within the layers is improved, forth and back. More did not change the graphs of the examples."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """What is to be placed: its size, and whether it is drawn to the boxes that take from it."""

    width: float
    height: float
    late: bool = False
    """Stands right before the first box that takes from it, as an input does, rather than at the far left."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each box stands, and the way of each edge."""

    corners: tuple[Point, ...]
    """The upper left corner of each box."""
    ways: tuple[tuple[Point, ...], ...]
    """For each edge the points that it goes through, from the right side of its source to the left of its target."""
    width: float
    height: float


def layout_of(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> Layout:
    """Place boxes so that every edge points to the right, or to the next line where one line would be too long.

    The layer of a box is the length of the longest way to it. An edge over several layers gets a thin box in each
    layer between, so that it goes around the others. The order within a layer is that of the mean place of a box's
    neighbours, improved from left to right and back.

    Args:
        boxes: What to place.
        edges: Pairs of places in `boxes`. An edge that would close a circle is drawn but moves nothing.
    """
    if not boxes:
        return Layout((), (), 2 * MARGIN, 2 * MARGIN)
    layers = _layers(boxes, edges)
    chains, sizes, layers = _with_thin_boxes(boxes, edges, layers)
    neighbours = _neighbours(chains, len(sizes))
    ranks = _ranks(layers)
    _order(ranks, neighbours)
    ys = _heights(ranks, sizes, neighbours)
    columns = _columns(ranks, sizes, ys)
    lines = wrapped(columns, MARGIN)
    corners = []
    for place, box in enumerate(boxes):
        layer = layers[place]
        # In the middle of its layer; what stands there at the left edge would make the edges cross the layer.
        left = lines.xs[layer] + (columns[layer].width - box.width) / 2
        top = ys[place] - sizes[place][1] / 2 + lines.tops[lines.of[layer]]
        corners.append((round(left, 1), round(top, 1)))
    heights = [round(y + lines.tops[lines.of[layer]], 1) for y, layer in zip(ys, layers, strict=True)]
    ways = [_way(chain, corners, boxes, columns, lines, layers, heights) for chain in chains]
    return Layout(tuple(corners), tuple(ways), round(lines.width, 1), round(lines.height, 1))


def _layers(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the length of the longest way to each box; edges that close a circle are left out."""
    targets: dict[int, list[int]] = {}
    waiting = [0] * len(boxes)
    for source, target in edges:
        if source != target:
            targets.setdefault(source, []).append(target)
            waiting[target] += 1
    layers = [0] * len(boxes)
    done: set[int] = set()
    ready = [place for place, count in enumerate(waiting) if not count]
    while len(done) < len(boxes):
        if not ready:  # a circle: it is opened at the first box that is left
            ready = [next(place for place in range(len(boxes)) if place not in done)]
        place = ready.pop()
        if place in done:
            continue
        done.add(place)
        for target in targets.get(place, ()):
            if target not in done:
                layers[target] = max(layers[target], layers[place] + 1)
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    for place, box in enumerate(boxes):
        if box.late and targets.get(place):
            layers[place] = max(min(layers[target] for target in targets[place]) - 1, layers[place])
    return layers


def _with_thin_boxes(
    boxes: Sequence[Box], edges: Sequence[tuple[int, int]], layers: list[int]
) -> tuple[list[list[int]], list[Point], list[int]]:
    """Return for each edge the boxes along it, thin ones included; the sizes and the layers of all boxes."""
    sizes: list[Point] = [(box.width, box.height) for box in boxes]
    layers = list(layers)
    chains: list[list[int]] = []
    for source, target in edges:
        chain = [source]
        for layer in range(layers[source] + 1, layers[target]):
            chain.append(len(sizes))
            sizes.append((0.0, 2.0))
            layers.append(layer)
        chains.append([*chain, target])
    return chains, sizes, layers


def _neighbours(chains: Sequence[Sequence[int]], count: int) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for chain in chains:
        for source, target in pairwise(chain):
            after[source].append(target)
            before[target].append(source)
    return before, after


def _ranks(layers: Sequence[int]) -> list[list[int]]:
    ranks: list[list[int]] = [[] for _ in range(max(layers) + 1)]
    for place, layer in enumerate(layers):
        ranks[layer].append(place)
    return ranks


def _order(ranks: list[list[int]], neighbours: tuple[list[list[int]], list[list[int]]]) -> None:
    """Order each layer by the mean place of the neighbours in the layer before, then after, and so on."""
    at: dict[int, float] = {}
    for rank in ranks:
        at.update((place, float(row)) for row, place in enumerate(rank))
    best = _crossings(ranks, neighbours[1], at)
    kept = [list(rank) for rank in ranks]
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for rank in ranks[1:] if forth else ranks[-2::-1]:
            means = {place: _mean([at[n] for n in neighbours[0 if forth else 1][place]], at[place]) for place in rank}
            rank.sort(key=means.__getitem__)
            at.update((place, float(row)) for row, place in enumerate(rank))
        crossings = _crossings(ranks, neighbours[1], at)
        if crossings < best:
            best, kept = crossings, [list(rank) for rank in ranks]
    ranks[:] = kept


def _crossings(ranks: Sequence[Sequence[int]], after: Sequence[Sequence[int]], at: Mapping[int, float]) -> int:
    total = 0
    for rank in ranks:
        ends = [at[target] for place in rank for target in sorted(after[place], key=at.__getitem__)]
        total += sum(later < earlier for row, earlier in enumerate(ends) for later in ends[row + 1 :])
    return total


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _heights(
    ranks: Sequence[Sequence[int]], sizes: Sequence[Point], neighbours: tuple[list[list[int]], list[list[int]]]
) -> list[float]:
    """Return the middle of each box: near its neighbours, without touching the others of its layer."""
    ys = [0.0] * len(sizes)
    for rank in ranks:
        y = 0.0
        for place in rank:
            ys[place] = y + sizes[place][1] / 2
            y += sizes[place][1] + BOX_GAP
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for rank in ranks if forth else reversed(ranks):
            wanted = [
                _mean([ys[n] for n in (*neighbours[0][place], *neighbours[1][place])], ys[place]) for place in rank
            ]
            _spread(rank, wanted, sizes, ys)
    return ys


def _spread(rank: Sequence[int], wanted: Sequence[float], sizes: Sequence[Point], ys: list[float]) -> None:
    """Put the boxes of a layer as near to where they want to be as their order and sizes allow (in least squares)."""
    blocks: list[list[float]] = []  # sum of the wanted places of a block's first box, how many boxes, height so far
    members: list[int] = []
    for place, want in zip(rank, wanted, strict=True):
        height = sizes[place][1]
        blocks.append([want - height / 2, 1, height + BOX_GAP])
        members.append(1)
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] + blocks[-2][2] > blocks[-1][0] / blocks[-1][1]:
            total, count, length = blocks.pop()
            blocks[-1][0] += total - count * blocks[-1][2]
            blocks[-1][1] += count
            blocks[-1][2] += length
            members[-2:] = [members[-2] + members[-1]]
    row = 0
    for (total, count, _), size in zip(blocks, members, strict=True):
        y = total / count
        for place in rank[row : row + size]:
            ys[place] = y + sizes[place][1] / 2
            y += sizes[place][1] + BOX_GAP
        row += size


def _columns(ranks: Sequence[Sequence[int]], sizes: Sequence[Point], ys: Sequence[float]) -> list[Column]:
    """Return the layers as they stand in one row."""
    columns, x = [], 0.0
    for rank in ranks:
        width = max(sizes[place][0] for place in rank)
        top = min(ys[place] - sizes[place][1] / 2 for place in rank)
        bottom = max(ys[place] + sizes[place][1] / 2 for place in rank)
        columns.append(Column(x, width, top, bottom))
        x += width + LAYER_GAP
    return columns


def _way(
    chain: Sequence[int],
    corners: Sequence[Point],
    boxes: Sequence[Box],
    columns: Sequence[Column],
    lines: Lines,
    layers: Sequence[int],
    heights: Sequence[float],
) -> tuple[Point, ...]:
    """Return the points of an edge; where it goes on in the next line, it turns and goes back between the two."""
    source, target = chain[0], chain[-1]
    points = [(corners[source][0] + boxes[source].width, heights[source])]
    for before, place in pairwise(chain):
        line, y = lines.of[layers[before]], heights[place]
        if line < lines.of[layers[place]]:
            right, left, gap = round(lines.right, 1), round(lines.left, 1), round(lines.gaps[line], 1)
            points += [(right, heights[before]), (right, gap), (left, gap), (left, y)]
        if place == target:
            points.append((corners[target][0], y))
        else:
            x = lines.xs[layers[place]]
            points += [(round(x, 1), y), (round(x + columns[layers[place]].width, 1), y)]
    return tuple(points)

"""Diagrams of what is joined to what: trees, graphs, neural networks, mind maps, state machines."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import Box, Point, blend
from hallscribe_export.train.lecture.layouts.placing import (
    edges_between,
    in_ring,
    levels_of,
    node_box,
    spread,
    strewn,
)
from hallscribe_export.train.lecture.layouts.plate import (
    DIAGRAM,
    centre,
    inks,
    lettered,
    painted,
    plate,
    rim_of,
    shaded,
    shape,
    terms,
)
from hallscribe_export.train.lecture.layouts.sheet import Sheet, coloured, hues, said
from hallscribe_export.train.lecture.page import NOUN, NUMBERS, Fact, counted
from hallscribe_export.train.lecture.palette import readable_on


def tree(random: Random, sheet: Sheet) -> list[Fact]:
    """A tree of boxes or circles in two to four levels, from the top down or from left to right."""
    levels = levels_of(random, 4 if sheet.box[2] - sheet.box[0] > 700 else 3)
    sideways = random.random() < 0.25
    kind = random.choice(("round", "box", "circle", "ellipse"))
    noun = {"circle": "circles", "ellipse": "ellipses"}.get(kind, "boxes")
    used = hues(random, sheet.colours, len(levels))
    if random.random() < 0.5:
        used = used[:1] * len(levels)
    fill, facts = shaded(random, noun)
    places = spread(sheet.box, [len(level) for level in levels], sideways)
    boxes = [[node_box(sheet.box, point, kind, len(levels), len(row), sideways) for point in row] for row in places]
    elbow = random.random() < 0.5
    for depth, level in enumerate(levels):
        if depth:
            sheet.step()
        for i, parent in enumerate(level):
            if depth:
                _branch(sheet, boxes[depth - 1][parent], boxes[depth][i], sideways, elbow)
        words = terms(random, sheet.topic, len(level))
        for box, label in zip(boxes[depth], words, strict=True):
            plain = kind == "circle" and len(level) > 6
            shape(sheet, kind, box, used[depth][1], fill, "" if plain else label)
    count, leaves = sum(map(len, levels)), len(levels[-1])
    kinds = said(NOUN, "tree", "a tree diagram", "a hierarchy", "an organisation chart", "nodes in a tree")
    depth_fact = Fact(
        "levels", str(len(levels)), (f"with {NUMBERS[len(levels)]} levels", f"in {NUMBERS[len(levels)]} levels")
    )
    way = ("left to right", "growing from left to right", "with its root on the left") if sideways else (
        "top down", "from the top down", "with its root at the top")  # fmt: skip
    if count <= 10:
        facts.append(counted(noun, count, noun[:-1] if noun != "boxes" else "box", noun))
    branches = counted("branches at the root", len(levels[1]), "branch at the root", "branches at the root")
    lowest = [counted("leaves", leaves, "node in the last level", "nodes in the last level")] if leaves <= 10 else []
    return [kinds, DIAGRAM, depth_fact, said("direction", *way), branches, *lowest, *facts, *coloured(noun, used)]


def _branch(sheet: Sheet, above: Box, below: Box, sideways: bool, elbow: bool) -> None:
    if sideways:
        start, end = (above[2], centre(above)[1]), (below[0], centre(below)[1])
        bend = (start[0] + end[0]) / 2
        middle = [(bend, start[1]), (bend, end[1])]
    else:
        start, end = (centre(above)[0], above[3]), (centre(below)[0], below[1])
        bend = (start[1] + end[1]) / 2
        middle = [(start[0], bend), (end[0], bend)]
    sheet.canvas.line([start, *(middle if elbow else ()), end], sheet.colours.quiet, 4)


def graph(random: Random, sheet: Sheet) -> list[Fact]:
    """Four to ten circles with lines or arrows between them, in a ring or strewn."""
    count, ring = random.randint(4, 10), random.random() < 0.4
    points = in_ring(sheet.box, count) if ring else strewn(random, sheet.box, count)
    radius = min(34, min(math.dist(a, b) for i, a in enumerate(points) for b in points[:i]) * 0.34)
    used, facts = painted(random, sheet, "nodes", count)
    if random.random() < 0.35:
        groups = hues(random, sheet.colours, 2)
        used = [groups[i % 2] for i in range(count)]
        facts = coloured("nodes", used)
    directed, labelled = random.random() < 0.35, random.random() < 0.6
    weighted = random.random() < 0.25
    for a, b in edges_between(random, points):
        start, end = rim_of(points[a], radius, points[b]), rim_of(points[b], radius, points[a])
        if directed:
            sheet.canvas.arrow(start, end, sheet.colours.quiet, 4)
        else:
            sheet.canvas.line((start, end), sheet.colours.quiet, 4)
        if weighted:
            sheet.label(((start[0] + end[0]) / 2 + 12, (start[1] + end[1]) / 2 - 12), str(random.randint(1, 20)))
    sheet.step()
    for i, ((x, y), (_, colour)) in enumerate(zip(points, used, strict=True)):
        sheet.canvas.ellipse((x - radius, y - radius, x + radius, y + radius), colour, sheet.colours.background, 2)
        if labelled:
            sheet.canvas.text((x, y), chr(ord("A") + i), sheet.style.fonts.body, 26, readable_on(colour), "mm")
    kinds = said(NOUN, "graph", "a network of nodes and edges", "a network graph", "circles connected by lines")
    if directed:
        facts.append(said("edges", "arrows", "with arrows between its nodes", "with directed edges"))
    else:
        facts.append(said("edges", "lines", "with plain lines between its nodes", "with edges without arrows"))
    if ring:
        facts.append(said("nodes in a ring", "yes", "arranged in a ring", "with nodes around a circle"))
    if labelled:
        facts.append(said("labels", "letters", "with letters in its nodes", "with lettered nodes"))
    if weighted:
        facts.append(said("weights", "yes", "with numbers on its edges", "with numbers beside the lines"))
    return [kinds, DIAGRAM, counted("nodes", count, "node", "nodes"), *facts]


def neural_network(random: Random, sheet: Sheet) -> list[Fact]:
    """Two to five layers of circles, every one joined to all of the next layer."""
    layers = [random.randint(2, 7) for _ in range(random.randint(2, 5))]
    left, top, right, bottom = sheet.box
    foot = bottom - 44 if random.random() < 0.5 else bottom
    used = hues(random, sheet.colours, len(layers))
    if random.random() < 0.4:
        used = used[:1] * len(layers)
    step = (right - left) / len(layers)
    radius = min((foot - top) / max(layers) * 0.36, step * 0.24, 36)
    points = [[(left + (d + 0.5) * step, (top + foot) / 2 + (i - (n - 1) / 2) * (foot - top) / max(max(layers), n))
               for i in range(n)] for d, n in enumerate(layers)]  # fmt: skip
    faint = blend(sheet.colours.background, sheet.colours.quiet, 0.8)
    for d, layer in enumerate(points):
        for x, y in points[d - 1] if d else ():
            for to in layer:
                sheet.canvas.line(((x, y), to), faint, 2)
    for d, layer in enumerate(points):
        for x, y in layer:
            sheet.canvas.ellipse((x - radius, y - radius, x + radius, y + radius), used[d][1], sheet.colours.ink, 3)
        if foot < bottom:
            sheet.label((left + (d + 0.5) * step, bottom - 16), random.choice(sheet.topic.terms), step - 12)
        if d < len(points) - 1:
            sheet.step()
    kinds = said(NOUN, "neural network", "a neural network", "layers of connected circles", "a neural network diagram")
    last = Fact("outputs", str(layers[-1]), (f"with {NUMBERS[layers[-1]]} circles in the last layer",
                                             f"with {NUMBERS[layers[-1]]} nodes on the right"))  # fmt: skip
    first = Fact("inputs", str(layers[0]), (f"with {NUMBERS[layers[0]]} circles in the first layer",
                                            f"with {NUMBERS[layers[0]]} nodes on the left"))  # fmt: skip
    return [kinds, DIAGRAM, counted("layers", len(layers), "layer", "layers"), first, last, *coloured("circles", used)]


def mind_map(random: Random, sheet: Sheet) -> list[Fact]:
    """A term in the middle and three to eight branches around it."""
    count = random.randint(3, 8)
    left, top, right, bottom = sheet.box
    middle, high = centre(sheet.box), bottom - top
    wide = min((right - left) / 2, high * 1.05)
    kind = random.choice(("ellipse", "round", "pill"))
    half = min(wide * 0.26, 120), min(high * 0.075, 36)
    used, facts = painted(random, sheet, "branches", count)
    fill, more = shaded(random, "boxes" if kind != "ellipse" else "ellipses")
    hub = (middle[0] - wide * 0.28, middle[1] - high * 0.11, middle[0] + wide * 0.28, middle[1] + high * 0.11)
    turn = random.uniform(0, 360 / count)
    for i, words in enumerate(terms(random, sheet.topic, count)):
        angle = turn + 360 * i / count
        x = middle[0] + math.cos(math.radians(angle)) * (wide - half[0])
        y = middle[1] + math.sin(math.radians(angle)) * (high / 2 - half[1] - 4)
        sheet.canvas.line((middle, (x, y)), used[i][1], 8)
        shape(sheet, kind, (x - half[0], y - half[1], x + half[0], y + half[1]), used[i][1], fill, words)
        _, ink = inks(sheet, sheet.colours.ink, "filled")
        sheet.canvas.ellipse(hub, sheet.colours.ink)
        lettered(sheet, middle, sheet.topic.name, wide * 0.44, high * 0.16, ink)
        sheet.step()
    kinds = said(NOUN, "mind map", "a mind map", "branches around a centre", "a term with branches around it")
    return [kinds, DIAGRAM, counted("branches", count, "branch", "branches"), *facts, *more]


def state_machine(random: Random, sheet: Sheet) -> list[Fact]:
    """Two to five circles in a row with arcs between them; the last one has a double ring."""
    count = random.randint(2, 5 if sheet.box[2] - sheet.box[0] > 700 else 3)
    left, top, right, bottom = sheet.box
    each, y = (right - left) / (count + 0.5), (top + bottom) / 2
    radius = min(each * 0.3, (bottom - top) * 0.17)
    used, facts = painted(random, sheet, "circles", count)
    fill, more = shaded(random, "circles")
    points = [(left + (i + 0.75) * each, y) for i in range(count)]
    sheet.canvas.arrow((points[0][0] - radius - each * 0.3, y), (points[0][0] - radius - 4, y), sheet.colours.ink, 5)
    loops = 0
    for i, (x, _) in enumerate(points):
        if i < count - 1:
            _arc(sheet, points[i], points[i + 1], radius, -0.5)
            sheet.label(((x + points[i + 1][0]) / 2, y - radius * 1.4 - 14), random.choice("ab01xy"))
            if random.random() < 0.5:
                _arc(sheet, points[i + 1], points[i], radius, -0.5)
        if random.random() < 0.35:
            loops += 1
            box = (x - radius * 0.5, y - radius * 2.1, x + radius * 0.5, y - radius * 0.7)
            sheet.canvas.ellipse(box, None, sheet.colours.ink, 5)
    for i, (x, _) in enumerate(points):
        shape(sheet, "circle", (x - radius, y - radius, x + radius, y + radius), used[i][1], fill, f"q{i}")
        if i == count - 1:
            wide = radius + 9
            sheet.canvas.ellipse((x - wide, y - wide, x + wide, y + wide), None, used[i][1], 4)
    if loops:
        more.append(said("loops", "yes", "with loops above its circles", "with a state that returns to itself"))
    kinds = said(NOUN, "state machine", "a state machine", "states in a row joined by arcs", "a finite automaton")
    return [kinds, DIAGRAM, counted("circles", count, "circle", "circles"),
            counted("states", count, "state", "states"), *facts, *more]  # fmt: skip


def _arc(sheet: Sheet, start: Point, end: Point, radius: float, bend: float) -> None:
    """A bent arrow between two circles of a row; above them to the right, below them to the left."""
    right = 1 if end[0] > start[0] else -1
    a, b = (
        (start[0] + right * radius * 0.75, start[1] - right * radius * 0.75),
        (end[0] - right * radius * 0.8, end[1] - right * radius * 0.8),
    )
    high = abs(b[0] - a[0]) * abs(bend) * 0.35 * right
    points = [
        (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t - 4 * high * t * (1 - t))
        for t in (i / 12 for i in range(12))
    ]
    sheet.canvas.line(points, sheet.colours.ink, 5)
    sheet.canvas.arrow(points[-1], b, sheet.colours.ink, 5)


LAYOUTS = tuple(map(plate, (tree, graph, neural_network, mind_map, state_machine)))

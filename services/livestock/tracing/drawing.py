"""A drawing of contact chains: an SVG document that needs nothing else, and names no keeper."""

from collections.abc import Iterator, Mapping
from html import escape

from services.core.look import written_day
from services.livestock.tracing import marks
from services.livestock.tracing.layout import Layout, lay_out
from services.livestock.tracing.model import Direction, Link, Trace, TracedPlace, links

Labels = Mapping[int, str]

_MARGIN, _HEADER, _FOOTER, _NARROWEST = 28, 112, 84, 860
_VERBS = {Direction.INGOING: "left by", Direction.OUTGOING: "reached"}


def draw(trace: Trace) -> str:
    """Draw contact chains as a whole SVG document that names premises by their numbers."""
    labels = {one: short(place) for one, place in trace.places.items()}
    layout = lay_out(trace, labels)
    inner = layout.right - layout.left
    width = max(_NARROWEST, inner + 2 * _MARGIN)
    height = _HEADER + layout.height + _FOOTER
    shift = (width - inner) / 2 - layout.left
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(_title(trace, labels))}</title>",
        f"<style>{marks.STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        marks.text("t", _MARGIN, 38, _title(trace, labels)),
        marks.text("s", _MARGIN, 62, _told(trace)),
        f'<g transform="translate({shift:.1f} {_HEADER})">',
        *_bands(layout),
        *_links(trace, labels, layout),
        *_nodes(trace, labels, layout),
        "</g>",
        *marks.legend(trace.chains, trace.window, _MARGIN, height - _FOOTER + 44),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def short(place: TracedPlace) -> str:
    """Return the number of premises without the scheme that says they are premises."""
    return place.number.removeprefix("premises:")


def _title(trace: Trace, labels: Labels) -> str:
    days = " to ".join(map(written_day, trace.window))
    return f"Contacts of premises {labels[trace.root]}, {days}"


def _told(trace: Trace) -> str:
    return "   ".join(
        f"{direction.capitalize()} contact chain: {len(chain.reached)} premises, "
        f"{chain.degree} of them directly."
        for direction, chain in trace.chains.items()
    )


def _bands(layout: Layout) -> Iterator[str]:
    for band in layout.bands:
        yield (
            f'<rect x="{band.left - 10:.1f}" y="-8" width="{band.width + 20:.1f}" rx="8" '
            f'height="{layout.height + 16:.1f}" fill="{marks.tint(band.direction, 0.05)}"/>'
        )
        words = f"{marks.steps(band.steps)} · {band.size}"
        yield marks.text("h", band.left + band.width / 2, -16, words)


def _links(trace: Trace, labels: Labels, layout: Layout) -> Iterator[str]:
    for direction, chain in trace.chains.items():
        steps = {trace.root: 0} | {premises: one.steps for premises, one in chain.reached.items()}
        onward = 1 if direction is Direction.OUTGOING else -1

        def aside(one: Link, steps: dict[int, int] = steps, onward: int = onward) -> bool:
            return steps[one.destination] - steps[one.origin] != onward

        # The strongest last, so that they lie on top.
        for one in sorted(links(chain.edges), key=lambda one: (not aside(one), one.animals)):
            origin = layout.boxes[direction, one.origin]
            destination = layout.boxes[direction, one.destination]
            weight = marks.stroke(one.animals, aside=aside(one))
            paint = f'stroke="{marks.tint(direction, 1)}" {weight}'
            yield marks.link(origin, destination, paint, _tell(one, labels))


def _tell(one: Link, labels: Labels) -> str:
    days = written_day(one.first)
    if one.first != one.last:
        days += f" to {written_day(one.last)}"
    return (
        f"{labels[one.origin]} to {labels[one.destination]}: {marks.animals(one.animals)}, {days}; "
        f"{one.on_chain} of {one.events} events on the ledger"
    )


def _nodes(trace: Trace, labels: Labels, layout: Layout) -> Iterator[str]:
    for direction, chain in trace.chains.items():
        for premises, one in chain.reached.items():
            fill = marks.shade(direction, one.day, trace.window)
            paint = f'fill="{fill}" stroke="{marks.tint(direction, 1)}"'
            when = f"{_VERBS[direction]} {written_day(one.day)}, {marks.steps(one.steps)}"
            told = f"{_tell_place(trace, labels, premises)}: {when}"
            yield marks.node(layout.boxes[direction, premises], labels[premises], paint, told)
    told = f"{_tell_place(trace, labels, trace.root)}: the root"
    yield marks.node(layout.root, labels[trace.root], 'fill="#1b1b1b"', told, root=True)


def _tell_place(trace: Trace, labels: Labels, premises: int) -> str:
    place = trace.places[premises]
    return ", ".join(filter(None, (labels[premises], place.kind, place.province)))

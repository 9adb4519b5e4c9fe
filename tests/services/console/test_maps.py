"""Maps in pixels: true in the middle, with a scale, and with nothing outside that should be in."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest

from services.console.maps import (
    HEIGHT,
    KILOMETRES,
    WIDTH,
    MapCircle,
    MapFeatures,
    MapLine,
    MapPoint,
    MapShape,
    draw_map,
)
from services.console.outbreaks.curve import bars_of, draw_curve
from services.livestock.control.case_counts import Figure
from services.livestock.control.situation import DayCounts

HERE, THERE = (144.60, -5.86), (144.65, -5.88)


def test_map__of_points_circles_and_shapes__holds_all_and_measures_alike_both_ways():
    ring = [(144.5, -5.9), (144.7, -5.9), (144.7, -5.8), (144.5, -5.9)]
    far = MapShape([[(140.1, -9.0), (150.0, -9.0), (150.0, -1.0), (140.1, -9.0)]], "backdrop", "")
    features = MapFeatures(
        [MapPoint(HERE, "index", "1068"), MapPoint(THERE, "contact", "<b>")],
        [MapCircle(HERE, 3, "infected", "Z-1")],
        [MapShape([ring], "free", "Z-2")],
        [MapLine(HERE, THERE, "movement", "2")],
        [far],
    )
    drawn = draw_map(features)
    (x, y, r, _), (first, second) = drawn.circles[0], drawn.points
    assert (x, y) == first[:2]
    assert r < x < WIDTH - r
    assert r < y < HEIGHT - r
    # Three kilometres to the east are drawn as long as three to the north.
    east = draw_map(
        MapFeatures(
            [
                MapPoint((HERE[0] + 3 / KILOMETRES / 0.99477, HERE[1]), "other", ""),
                *features.points,
            ],
            features.circles,
            features.shapes,
        )
    )
    assert east.points[0][0] - east.points[1][0] == pytest.approx(east.circles[0][2], rel=0.01)
    assert drawn.bar[1] in {1, 2, 5, 10}
    assert drawn.bar[0] == pytest.approx(r / 3 * drawn.bar[1], rel=0.01)
    numbers = [float(one) for one in re.findall(r"-?[\d.]+", drawn.shapes[0][0])]
    assert all(0 <= one <= WIDTH for one in numbers)
    # What lies below widens nothing.
    assert json.loads(drawn.data)["box"] == list(features.box())
    assert second[0] < WIDTH


def test_map__of_one_place_or_none__has_room_round_it_or_is_not_there():
    drawn = draw_map(MapFeatures([MapPoint(HERE, "index", "1068")]))
    assert drawn.points[0][:2] == (WIDTH / 2, HEIGHT / 2)
    assert drawn.bar[1] == 1
    assert draw_map(MapFeatures(backdrop=[MapShape([[HERE]], "backdrop", "")])) is None


def days(count, **counts):
    empty = dict.fromkeys(Figure, 0)
    return [
        DayCounts(
            date(2026, 1, 1) + timedelta(days=one),
            empty | {Figure(k): v for k, v in counts.items()},
        )
        for one in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "bars", "size"), [(1, 1, 1), (45, 45, 1), (46, 7, 7), (400, 29, 14)]
)
def test_curve__of_many_days__joins_weeks_and_loses_no_pig(count, bars, size):
    drawn = draw_curve(days(count, sick=2, dead=1))
    assert (len(drawn.bars), drawn.days) == (bars, size)
    assert sum(one.counts[Figure.SICK] for one in bars_of(days(count, sick=2))) == 2 * count
    assert drawn.most == 3 * size
    highest = drawn.bars[0]
    assert sum(height for _, height, _ in highest.parts) == pytest.approx(drawn.floor - 20, abs=0.2)
    assert draw_curve(days(count)) is None

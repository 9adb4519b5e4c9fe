from __future__ import annotations

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.livestock.domain.areas import LATITUDES, LONGITUDES, MOST_KILOMETRES, read_area
from services.livestock.domain.errors import BadArea
from services.livestock.domain.places import EARTH_RADIUS, NOWHERE, Circle, Whereabouts, province_of

HOME = "0d6c9a55-5a1e-4b6b-9a53-0a1f7f6f2d10"
RING = [[144, -7], [146, -7], [146, -5], [144, -5], [144, -7]]
HOLE = [[144.5, -6.5], [144.5, -5.5], [145.5, -5.5], [145.5, -6.5], [144.5, -6.5]]
BOW_TIE = [[144, -7], [146, -5], [146, -7], [144, -5], [144, -7]]

KUDJIP = Whereabouts(7, "Jiwaka", "North Waghi", "Nondugl", "3", -5.86, 144.6, "household")
POINTS = st.tuples(st.floats(*LATITUDES), st.floats(*LONGITUDES))


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def at(latitude, longitude):
    return Whereabouts(1, "Morobe", latitude=latitude, longitude=longitude)


def circle(latitude, longitude, kilometres):
    return {"latitude": latitude, "longitude": longitude, "kilometres": kilometres}


def ward(name="3", **other):
    names = {"province": "Jiwaka", "district": "North Waghi", "llg": "Nondugl", "ward": name}
    return names | other


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"provinces": ["Jiwaka"]}, True),
        ({"provinces": ["Enga"]}, False),
        ({"districts": [{"province": "jiwaka", "district": " north  WAGHI "}]}, True),
        ({"districts": [{"province": "Enga", "district": "North Waghi"}]}, False),
        ({"wards": [ward()]}, True),
        ({"wards": [ward("4")]}, False),
        ({"wards": [ward(llg="Minj")]}, False),
        ({"premises": [HOME.upper()]}, True),
        ({"circles": [circle(-5.86, 144.61, 3)]}, True),
        ({"circles": [circle(-5.86, 144.7, 3)]}, False),
        ({"polygons": [polygon(RING)]}, True),
        ({"polygons": [polygon(RING, HOLE)]}, False),
        ({"provinces": ["Enga"], "circles": [circle(-5.86, 144.61, 3)]}, True),
        ({"provinces": ["Enga"], "wards": [ward("4"), ward("3")]}, True),
    ],
)
def test_contains__each_part__is_told_from_what_it_names(data, expected):
    assert read_area(data, {HOME: 7}).contains(KUDJIP) is expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (-7, 144, True),
        (-7, 145, True),
        (-7.000001, 145, False),
        (-6, 144, True),
        (-6, 143.999999, False),
        (-5.2, 144.2, True),
        (-6, 145, False),
        (-6.5, 145, True),
        (-5.5, 144.5, True),
    ],
)
def test_contains__polygon_with_hole__counts_both_boundaries(latitude, longitude, expected):
    area = read_area({"polygons": [polygon(RING, HOLE)]})
    assert area.contains(at(latitude, longitude)) is expected


def test_contains__zero_and_far_east__are_degrees_like_others():
    area = read_area({"polygons": [polygon([[150, -1], [160, -1], [160, 0], [150, 0], [150, -1]])]})
    assert area.contains(at(0.0, 160.0))
    assert not area.contains(at(-1.5, 155.0))


def test_contains__polygon_and_premises_without_point__needs_their_district():
    unlocated = Whereabouts(8, "Jiwaka", "North Waghi")
    shape = {"polygons": [polygon(RING)]}
    district = {"districts": [{"province": "Jiwaka", "district": "North Waghi"}]}
    assert not read_area(shape).contains(unlocated)
    assert not read_area(shape).may_contain(unlocated)
    assert read_area(shape | district).contains(unlocated)


@pytest.mark.parametrize(
    ("first", "second", "kilometres"),
    [
        # Vincenty's inverse formula on WGS 84.
        ((-5.857, 144.231), (-6.083, 145.389), 130.627),
        ((-9.4438, 147.1803), (-6.7155, 146.9999), 302.395),
        ((-6.0, 144.5), (-6.02697, 144.5), 2.983),
        ((-0.5, 145.0), (-1.5, 145.0), 110.575),
        ((-11.0, 150.0), (-11.0, 151.0), 109.288),
    ],
)
def test_circle__known_distances__err_by_less_than_half_a_percent(first, second, kilometres):
    assert Circle(*first, kilometres * 1.005).contains(*second)
    assert not Circle(*first, kilometres * 0.995).contains(*second)


@given(POINTS, POINTS, st.floats(0.1, MOST_KILOMETRES))
def test_circle__any_point__is_inside_when_its_arc_is_no_longer_than_the_radius(
    centre, point, kilometres
):
    chord = math.dist(on_sphere(*centre), on_sphere(*point))
    arc = 2 * EARTH_RADIUS * math.asin(chord / 2)
    assume(abs(arc - kilometres) > 1e-3)
    assert Circle(*centre, kilometres).contains(*point) is (arc < kilometres)


def on_sphere(latitude, longitude):
    latitude, longitude = math.radians(latitude), math.radians(longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


@pytest.mark.parametrize(
    ("data", "where", "expected"),
    [
        ({"provinces": ["Jiwaka"]}, NOWHERE, True),
        ({"circles": [circle(-6, 145, 3)]}, NOWHERE, True),
        ({"provinces": ["Jiwaka"]}, Whereabouts(1), True),
        ({"provinces": ["Jiwaka"]}, Whereabouts(1, "Enga"), False),
        ({"wards": [ward()]}, Whereabouts(1, "Jiwaka"), True),
        ({"wards": [ward()]}, Whereabouts(1, "Jiwaka", "North Waghi"), True),
        ({"wards": [ward()]}, Whereabouts(1, "Jiwaka", "Jimi"), False),
        ({"wards": [ward()]}, Whereabouts(1, "Jiwaka", ward="4"), False),
        ({"circles": [circle(-6, 145, 3)]}, Whereabouts(1, "Jiwaka"), False),
        ({"circles": [circle(-6, 145, 3)]}, Whereabouts(1), False),
        ({"premises": [HOME]}, Whereabouts(None, "Jiwaka"), False),
        ({"premises": [HOME]}, Whereabouts(7), True),
    ],
)
def test_may_contain__little_known__doubts_what_names_leave_open(data, where, expected):
    assert read_area(data, {HOME: 7}).may_contain(where) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("simbu", "Chimbu"),
        ("  western   highlands", "Western Highlands"),
        ("EHP", "Eastern Highlands"),
        ("Atlantis", None),
    ],
)
def test_province_of__as_people_write__is_the_standards_name(name, expected):
    assert province_of(name) == expected


def test_contains__other_name_of_a_province__is_the_same_place():
    area = read_area({"districts": [{"province": "Simbu", "district": "Gumine"}]})
    assert area.contains(Whereabouts(province="chimbu", district="gumine"))
    assert area.as_json() == {"districts": [{"province": "Chimbu", "district": "Gumine"}]}


def test_as_json__every_part__is_read_back_equal():
    data = {
        "provinces": ["Enga"],
        "districts": [{"province": "Jiwaka", "district": "Jimi"}],
        "wards": [ward()],
        "premises": [HOME],
        "circles": [circle(-6.1, 145.2, 10)],
        "polygons": [polygon(RING, HOLE)],
    }
    area = read_area(data, {HOME: 7})
    written = json.loads(json.dumps(area.as_json()))
    assert written == data
    assert read_area(written, {HOME: 7}) == area


def test_as_json__changed_by_who_got_it__leaves_the_area_as_it_was():
    area = read_area({"provinces": ["Enga"]})
    area.as_json()["provinces"].append("Hela")
    assert area.as_json() == {"provinces": ["Enga"]}


REFUSED = {
    "nothing": ({}, "area", "empty"),
    "empty lists": ({"provinces": [], "circles": []}, "area", "empty"),
    "unknown part": ({"villages": ["Kudjip"]}, "villages", "is no part"),
    "no list": ({"provinces": "Enga"}, "provinces", "is not a list"),
    "unknown province": ({"provinces": ["Atlantis"]}, "provinces", "does not have"),
    "province no text": ({"provinces": [5]}, "provinces", "does not have"),
    "district alone": ({"districts": ["Jimi"]}, "districts", "needs province, district"),
    "district unnamed": (
        {"districts": [{"province": "Enga", "district": " "}]},
        "districts",
        "a name that is empty",
    ),
    "district of nowhere": (
        {"districts": [{"province": "Atlantis", "district": "Jimi"}]},
        "districts",
        "does not have",
    ),
    "ward without llg": (
        {"wards": [{"province": "Enga", "district": "Wabag", "ward": "1"}]},
        "wards",
        "needs province, district, llg, ward",
    ),
    "premises no id": ({"premises": ["12"]}, "premises", "no premises have"),
    "premises unknown": (
        {"premises": [HOME.replace("0d", "1d")]},
        "premises",
        "no premises have",
    ),
    "radius nothing": ({"circles": [circle(-6, 145, 0)]}, "circles", "radius"),
    "radius negative": ({"circles": [circle(-6, 145, -3)]}, "circles", "radius"),
    "radius too far": ({"circles": [circle(-6, 145, 500.1)]}, "circles", "radius"),
    "radius no number": ({"circles": [circle(-6, 145, "3")]}, "circles", "number"),
    "radius true": ({"circles": [circle(-6, 145, 3) | {"kilometres": True}]}, "circles", "number"),
    "radius huge": ({"circles": [circle(-6, 145, 10**400)]}, "circles", "number"),
    "radius not finite": ({"circles": [circle(-6, 145, math.nan)]}, "circles", "number"),
    "circle without centre": ({"circles": [{"kilometres": 3}]}, "circles", "needs latitude"),
    "swapped": ({"circles": [circle(145, -6, 3)]}, "circles", "swapped"),
    "abroad": ({"circles": [circle(-27.5, 153, 3)]}, "circles", "outside the country"),
    "not finite": ({"circles": [circle(math.nan, 145, 3)]}, "circles", "number"),
    "crossing": ({"polygons": [polygon(BOW_TIE)]}, "polygons", "self-intersection"),
    "hole outside": (
        {"polygons": [polygon(RING, [[150, -7], [151, -7], [151, -6], [150, -7]])]},
        "polygons",
        "hole",
    ),
    "open ring": ({"polygons": [polygon(RING[:-1])]}, "polygons", "end where it begins"),
    "short ring": ({"polygons": [polygon(RING[:3])]}, "polygons", "fewer than 4"),
    "no ring": ({"polygons": [polygon()]}, "polygons", "type Polygon"),
    "other geometry": (
        {"polygons": [{"type": "Point", "coordinates": [145, -6]}]},
        "polygons",
        "type Polygon",
    ),
    "no geometry": ({"polygons": [RING]}, "polygons", "type Polygon"),
    "swapped ring": (
        {"polygons": [polygon([[y, x] for x, y in RING])]},
        "polygons",
        "swapped",
    ),
    "position of one": ({"polygons": [polygon([[145]] * 4)]}, "polygons", "longitude, latitude"),
    "position of text": ({"polygons": [polygon([["a", "b"]] * 4)]}, "polygons", "number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_read_area__unreadable__is_refused_with_the_part_and_a_reason(case):
    data, part, reason = REFUSED[case]
    with pytest.raises(BadArea) as refused:
        read_area(data, {HOME: 7})
    assert list(refused.value.fields) == [part]
    assert reason in refused.value.detail


def test_read_area__polygon_that_crosses_itself__is_refused_without_its_point():
    with pytest.raises(BadArea) as refused:
        read_area({"polygons": [polygon(BOW_TIE)]})
    assert not any(letter.isdigit() for letter in refused.value.detail)


@pytest.mark.parametrize("radius", [0.001, MOST_KILOMETRES])
def test_read_area__radius_at_the_limits__is_read(radius):
    assert read_area({"circles": [circle(-6, 145, radius)]}).contains(at(-6, 145))


def test_read_area__heights__are_left_out():
    high = [[*position, 1600] for position in RING]
    assert read_area({"polygons": [polygon(high)]}) == read_area({"polygons": [polygon(RING)]})

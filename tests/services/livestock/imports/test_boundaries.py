"""Boundaries: a bad file is refused as a whole, a good one tells points their district."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from sqlalchemy import select

from services.livestock.domain.boundaries import read_boundaries
from services.livestock.domain.errors import BadBoundaries
from services.livestock.imports.boundaries import read_boundary_file
from services.livestock.recording.boundaries import (
    keep_boundaries,
    known_districts,
    lines_in,
    lines_of,
)
from services.storage.database import Database
from services.storage.models import Boundary, Premises
from services.storage.vault import Vault
from tests.factories import KEY


def square(west, south, size=0.2):
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(province="Jiwaka", district="Anglimp South Waghi", rings=(), kind="Polygon"):
    parts = [square(144.5, -6.0), *rings] if kind == "Polygon" else list(rings)
    properties = {"ADM1_EN": province, "ADM2_EN": district}
    geometry = {"type": kind, "coordinates": parts}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


HOLE = square(144.55, -5.95, 0.02)
JIMI = feature(
    district="Jimi", kind="MultiPolygon", rings=[[square(144.8, -6.0)], [square(145.1, -6.0)]]
)


def spoilt(change):
    told = collection(deepcopy(feature()))
    change(told)
    return told


BAD = {
    "no collection": ({"type": "Feature"}, "the file is no FeatureCollection"),
    "nothing in it": (collection(), "the file needs 1 to 500 features"),
    "no feature": (collection({"type": "Point"}), "feature 1 is no Feature"),
    "a list": ([1], "the file is no FeatureCollection"),
    "no province": (
        spoilt(lambda one: one["features"][0].update(properties=None)),
        "feature 1 names no province",
    ),
    "unknown province": (collection(feature("Atlantis")), "does not have: Atlantis"),
    "twice": (collection(feature(), feature()), "feature 2 has the same name as feature 1"),
    "a point": (
        spoilt(lambda one: one["features"][0].update(geometry={"type": "Point"})),
        "is no Polygon and no MultiPolygon",
    ),
    "no geometry": (
        spoilt(lambda one: one["features"][0].update(geometry=None)),
        "is no Polygon and no MultiPolygon",
    ),
    "open ring": (
        spoilt(lambda one: one["features"][0]["geometry"]["coordinates"][0].pop()),
        "does not end where it begins",
    ),
    "short ring": (
        spoilt(lambda one: one["features"][0]["geometry"].update(coordinates=[[[144, -6]] * 3])),
        "fewer than 4 points",
    ),
    "swapped": (
        spoilt(lambda one: one["features"][0]["geometry"].update(coordinates=[[[-6, 144]] * 4])),
        "swapped",
    ),
    "elsewhere": (
        spoilt(lambda one: one["features"][0]["geometry"].update(coordinates=[[[2, 48]] * 4])),
        "outside the country",
    ),
    "metres": (
        spoilt(lambda one: one["features"][0]["geometry"].update(coordinates=[[[5e5, 9e6]] * 4])),
        "degrees of WGS 84",
    ),
    "words": (
        spoilt(lambda one: one["features"][0]["geometry"].update(coordinates=[[["a", None]] * 4])),
        "not longitude, latitude",
    ),
    "a bow": (
        collection(
            feature(
                kind="MultiPolygon",
                rings=[[[[144, -6], [145, -5], [145, -6], [144, -5], [144, -6]]]],
            )
        ),
        "crosses itself",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_file__that_is_wrong__is_refused_with_the_feature_and_the_fault(name):
    document, fault = BAD[name]
    with pytest.raises(BadBoundaries, match="Nothing was imported") as refused:
        read_boundaries(document)
    assert fault in refused.value.detail


def test_file__of_other_names_and_provinces_alone__is_read(tmp_path):
    whole = feature(None)
    whole["properties"] = {"PROV": "Simbu Province"}
    [one] = read_boundaries(collection(whole), "PROV")
    assert (one.province, one.district) == ("Chimbu", None)


def test_import__of_districts__fills_points_and_names_zones(scene, tmp_path):
    world = scene.world
    farm, neighbour = scene.places["keeper"], scene.places["neighbour"]
    path = tmp_path / "districts.geojson"
    path.write_text(json.dumps(collection(feature(rings=[HOLE]), JIMI)))
    with world.runtime.database.write() as session:
        rows = session.scalars(select(Premises).order_by(Premises.id)).all()
        for row, (longitude, latitude) in zip(rows, [(144.6, -5.9), (144.9, -5.9)], strict=False):
            row.longitude, row.latitude = longitude, latitude
        session.flush()
        assert keep_boundaries(session, read_boundary_file(path)) == 1
    told = scene.officer.get(f"/api/v1/premises/{farm}").json
    assert (told["district"], told["province"]) == ("Anglimp South Waghi", "Jiwaka")
    # People said that it is in Enga: the point may be wrong.
    assert scene.officer.get(f"/api/v1/premises/{neighbour}").json["district"] is None
    with world.runtime.database.read() as session:
        assert known_districts(session) == [("Jiwaka", "Anglimp South Waghi"), ("Jiwaka", "Jimi")]
        lines = lines_in(session, (144.5, -6.0, 144.6, -5.9))
        assert [(one.district, len(one.rings)) for one in lines] == [("Anglimp South Waghi", 2)]
        [jimi] = lines_of(session, [("Jiwaka", "Jimi"), ("Enga", None)])
        assert len(jimi.rings) == 2
    # A place that is measured later gets its district too.
    point = {"latitude": -5.9, "longitude": 145.2}
    made = scene.officer.post(
        "/api/v1/premises", {"kind": "household", "province": "Jiwaka", "point": point}
    )
    assert made.status_code == 201, made.text
    with world.runtime.database.read() as session:
        newest = select(Premises.district).order_by(Premises.id.desc()).limit(1)
        assert session.scalar(newest) == "Jimi"


def test_command__with_a_good_and_a_bad_file__replaces_a_level_or_changes_nothing(bilum, tmp_path):
    path = tmp_path / "boundaries.geojson"
    for document, told in (
        (collection(feature(), JIMI), "0 provinces, 2 districts"),
        (collection(feature(district=None)), "1 provinces, 0 districts"),
        (collection(JIMI), "0 provinces, 1 districts"),
    ):
        path.write_text(json.dumps(document))
        done = bilum("import", "boundaries", path)
        assert (done.status, told in done.err) == (0, True), done
    path.write_text("{")
    refused = bilum("import", "boundaries", path)
    assert refused.status != 0
    assert "Nothing was imported: the file is no JSON" in refused.err
    path.write_text(json.dumps(collection(feature(), feature())))
    assert "feature 2 has the same name" in bilum("import", "boundaries", path).err
    path.write_bytes(b"\xff")
    assert "no text in UTF-8" in bilum("import", "boundaries", path).err
    database = Database(f"sqlite:///{tmp_path}/data/bilum.db", Vault(KEY))
    with database.read() as session:
        found = session.execute(select(Boundary.province, Boundary.district)).all()
    database.close()
    assert sorted(map(tuple, found), key=str) == [("Jiwaka", "Jimi"), ("Jiwaka", None)]

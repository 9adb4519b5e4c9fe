from __future__ import annotations

import pytest

from tests.services.scene import OTHER_PIG, PIG, SENT_PIG

PREMISES, FLAGS = "/api/v1/premises", "/api/v1/flags"


def add(scene):
    done = scene.officer.post(PREMISES, {"kind": "market", "province": "Gulf"})
    return done.json["id"]


def pages(scene, path, between=lambda: None):
    while path:
        response = scene.officer.get(path)
        assert response.status_code == 200
        yield [
            one.get("id") or (one["event"], one["animal"], one["code"])
            for one in response.json["items"]
        ]
        link = response.headers.get("Link")
        path = response.json["next"]
        assert link == (f'<{path}>; rel="next"' if path else None)
        between()


def test_pages__rows_come_in_meanwhile__each_row_is_read_once(scene):
    before = [add(scene) for _ in range(5)]
    found = [
        one
        for page in pages(scene, f"{PREMISES}?limit=2&kind=market", lambda: add(scene))
        for one in page
    ]
    assert found[:5] == before
    assert len(set(found)) == len(found)


def test_pages__key_of_several_columns__are_complete(scene):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    told = {"details": {"product": "kaukau"}}
    for _ in range(2):
        assert scene.officer.report("feed", PIG, OTHER_PIG, at=other, **told).status_code == 201
        assert scene.officer.report("feed", PIG, OTHER_PIG, at=farm, **told).status_code == 201
    [every] = pages(scene, f"{FLAGS}?limit=200")
    assert len(every) == 5
    [sent] = [code for _, animal, code in every if SENT_PIG in animal]
    assert sent == "moved_without_permit"
    assert [one for page in pages(scene, f"{FLAGS}?limit=1") for one in page] == every


def test_page__exactly_full__has_no_next(scene):
    [page] = pages(scene, f"{PREMISES}?limit=3")
    assert len(page) == 3


@pytest.mark.parametrize("limit", [0, 201, -1, "many", ""])
def test_limit__outside_its_range__is_invalid(scene, limit):
    response = scene.officer.get(f"{PREMISES}?limit={limit}")
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "#/limit"


def test_cursor__of_another_list_or_altered__is_invalid(scene):
    link = scene.officer.get(f"{PREMISES}?limit=1").json["next"]
    cursor = link.rpartition("cursor=")[2]
    assert scene.officer.get(f"{PREMISES}?cursor={cursor}").status_code == 200
    swapped = "A" if cursor[30] != "A" else "B"
    for wrong in (cursor[:30] + swapped + cursor[31:], cursor[:-4], "1", "é", cursor + "A"):
        response = scene.officer.get(f"{PREMISES}?cursor={wrong}")
        assert response.status_code == 422, wrong
        assert response.json["errors"][0]["pointer"] == "#/cursor"
    assert scene.officer.get(f"/api/v1/animals?cursor={cursor}").status_code == 422

"""pages of the console with 2 million animals and a million people in courses on PostgreSQL.

Needs BILUM_BENCH_POSTGRES_URL, as `bench-decide`. Every page that a role may open is asked for
again and again by somebody of that role with a session, in this process: what is left out is the
network. Pages of one thing are asked for things of the whole country. With an argument, only
pages whose address holds it are asked for. BILUM_BENCH_PART=10 makes a tenth of the country, to see
that every page is asked for: its figures mean nothing.
"""

from __future__ import annotations

import gc
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from typing import NamedTuple
from uuid import uuid4

from flask import Flask
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from bench._control import OUTBREAK, fill_control
from bench._country import NOW, SERVER, filled
from bench._ministry import LARGE, fill_ministry
from bench._visits import Visitor, previews, visits
from services.console.sessions import COOKIE, begin_session
from services.core.roles import Role
from services.health.campaigns.drafts import start_draft
from services.health.drafts.store import DraftAct, begin_draft
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.storage.models import Clinician, Party

TASKS, TIMES, WARM_UP, ROWS = 10_000, 20, 2, 5_000
PAGE, SEARCH = 0.3, 0.2
ROLES = (
    *(Role.VETERINARY_OFFICER, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR),
    *(Role.PLANNER, Role.APPROVER, Role.CLINICIAN, Role.HEALTH_ANALYST),
)


class Measured(NamedTuple):
    """A page of a role, and the seconds that each answer took."""

    role: str
    page: str
    took: list[float]

    @property
    def p95(self) -> float:
        """The time that one answer of twenty is longer than."""
        return statistics.quantiles(self.took, n=20)[18]


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    with filled(server) as runtime:
        fill_rest(runtime)
        print_figures(runtime, wanted)


def fill_rest(runtime: Runtime) -> None:
    """Fill what the pages of a ministry and of an outbreak show."""
    began = time.perf_counter()
    fill_control(runtime)
    fill_ministry(runtime)
    with runtime.database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(_TASKS), {"tasks": TASKS, "at": NOW})
    engine = runtime.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # As if their keepers had been known from the start.
        connection.execute(text("VACUUM FULL premises"))
        connection.execute(text("VACUUM ANALYZE"))
    print(f"made     {time.perf_counter() - began:6.1f} s  a ministry and an outbreak")


def print_figures(runtime: Runtime, wanted: str = "") -> None:
    """Measure every page and print it, the slowest first."""
    found, refused = measured(runtime, wanted)
    for one in sorted(found, key=lambda one: -one.p95):
        limit = SEARCH if one.page.startswith("/console/search") else PAGE
        print(
            f"{one.page:50} {one.role:18} {statistics.median(one.took) * 1000:6.1f} ms p50, "
            f"{one.p95 * 1000:6.1f} ms p95, {max(one.took) * 1000:6.1f} ms worst; "
            f"ratio to {limit * 1000:.0f} ms {one.p95 / limit:.2f}"
        )
    for page, why in sorted(refused.items()):
        print(f"not measured: {page}: {why}")


def measured(runtime: Runtime, wanted: str = "") -> tuple[list[Measured], dict[str, str]]:
    """Measure every page for each role that may open it.

    Returns the measured pages, and of those that no role could be measured with, why not.
    """
    app, found, refused = create_app(runtime), list[Measured](), dict[str, str]()
    gc.freeze()  # as the command does: garbage is not looked for in what a server has loaded
    for role in ROLES:
        client, party = _signed_in(runtime, app, role)
        for page, paths in visits(app, runtime, Visitor(role, party)):
            if wanted not in page:
                continue
            took = list(_ask(client, paths))
            if isinstance(took[-1], float):
                found.append(Measured(role, page, [one for one in took if isinstance(one, float)]))
            elif page not in refused or took[-1] != _FORBIDDEN:
                refused[page] = f"{took[-1]} for {role}"
        found += [one for one in _previews(client, role) if wanted in one.page]
    for one in found:
        refused.pop(one.page, None)
    return found, refused


_FORBIDDEN = str(HTTPStatus.FORBIDDEN.value)


def _ask(client: Client, paths: list[str]) -> Iterator[float | str]:
    """Yield the seconds of each answer; at the end why there is none, if there is none."""
    if not paths:
        yield "nothing is there to ask for"
    for count, path in enumerate(paths[: WARM_UP + TIMES]):
        began = time.perf_counter()
        answer = client.get(path)
        spent = time.perf_counter() - began
        if not _is_page(answer):
            yield str(answer.status_code)
            return
        if count >= WARM_UP:
            yield spent


def _is_page(answer: TestResponse) -> bool:
    """Tell whether an answer is a page, or leads to one."""
    leads = answer.status_code in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
    return answer.status_code == HTTPStatus.OK or (
        leads and "/sign-in" not in answer.headers["Location"]
    )


def _previews(client: Client, role: Role) -> Iterator[Measured]:
    form = client.get(f"/console/orders/new?outbreak={OUTBREAK}")
    if form.status_code != HTTPStatus.OK:
        return
    token = _hidden(form, "csrf_token")
    for page, told in previews():
        took = []
        for count in range(WARM_UP + TIMES):
            began = time.perf_counter()
            answer = client.post(
                "/console/orders/preview",
                data=told | {"csrf_token": token, "form_key": uuid4().hex},
                headers=_FROM,
            )
            spent = time.perf_counter() - began
            if answer.status_code != HTTPStatus.OK:
                print(f"not measured: {page} for {role}: {answer.status_code}")
                break
            if count >= WARM_UP:
                took.append(spent)
        if took:
            yield Measured(role, page, took)


_FROM = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


def _hidden(form: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', form.text)
    return found[1] if found else ""


def _signed_in(runtime: Runtime, app: Flask, role: Role) -> tuple[Client, int]:
    client = app.test_client()
    with runtime.database.write() as session:
        party = Party(public_id=uuid4(), role=role, name=f"One {role}", language="en")
        session.add(party)
        session.flush()
        secret, key = begin_session(session, party, NOW), party.id
        if role is Role.CLINICIAN:
            session.add(Clinician(programme=LARGE, province="", party_id=key))
        if role is Role.PLANNER:
            start_draft(session, key, {}, NOW)
            begin_draft(session, LARGE, DraftAct(key, NOW))
    client.set_cookie(COOKIE, secret, secure=True)
    if role is Role.PLANNER:
        _upload(client)
    return client, key


def _upload(client: Client) -> None:
    """Upload a list of people, as a planner does."""
    form = client.get("/console/imports")
    rows = "".join(f"7{one:07},Maria,Morobe\n" for one in range(ROWS))
    told = {
        "csrf_token": _hidden(form, "csrf_token"),
        "form_key": uuid4().hex,
        "programme": LARGE,
        "file": (BytesIO(f"phone,name,province\n{rows}".encode()), "people.csv"),
    }
    answer = client.post("/console/imports", data=told, headers=_FROM)
    if answer.status_code != HTTPStatus.SEE_OTHER:
        print(f"not measured: a list of people was not taken: {answer.status_code}")


_TASKS = """INSERT INTO task (public_id, subject_key, number, kind, service, province, code, topic,
        premises_id, made_at, due_at, level)
    SELECT gen_random_uuid(), sha256(one::text::bytea), (5000000 + one)::text, 'alarm',
        'livestock', province, 'sick_pigs', sha256(one::text::bytea), id, at, at, 0
    FROM (SELECT one, province, premises.id,
            CAST(:at AS timestamptz) - one * interval '1 minute' AS at
        FROM generate_series(1, CAST(:tasks AS bigint)) AS one
        JOIN premises ON premises.id = 1 + one * 17) AS made"""


if __name__ == "__main__":
    main()

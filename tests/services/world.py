"""A web application on a database at the newest revision, and what talks to it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from services.api.tokens import create_token
from services.core.settings import Settings
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.storage.data_key import load_or_make_key
from services.storage.database import DATA_KEY
from services.storage.engine import sqlite_file
from services.storage.models import Base, LedgerLease, SchemaFloor, SendingRight
from tests.services.scene import Scene, set_scene
from tests.support import environment
from tests.support.copies import settle
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from werkzeug.test import TestResponse

    from services.core.roles import Role

SECRET = "a secret of Twilio"
SMS_URL = "http://localhost/gateway/twilio/sms"
ANIMAL = "598000000000017"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class World:
    """The application, seen from outside."""

    runtime: Runtime
    app: Flask

    def get(self, path: str, role: Role | None = None) -> TestResponse:
        return self.app.test_client().get(path, headers=self.bearer(role))

    def post(
        self, path: str, body: object, role: Role | None = None, key: str | None = None
    ) -> TestResponse:
        headers = self.bearer(role) | {"Idempotency-Key": key or str(uuid4())}
        return self.app.test_client().post(path, json=body, headers=headers)

    def bearer(self, role: Role | None, party_id: int | None = None) -> dict[str, str]:
        if role is None:
            return {}
        with self.runtime.database.write() as session:
            secret = create_token(session, role, self.runtime.clock(), party_id=party_id)
        return {"Authorization": f"Bearer {secret}"}

    def sms(self, text: str, sid: str = "SM1", sender: str = "+67570000001") -> TestResponse:
        form = {"MessageSid": sid, "From": sender, "To": "+67570000009", "Body": text}
        return self.twilio(SMS_URL, form)

    def twilio(self, url: str, form: dict[str, str], signed: str | None = None) -> TestResponse:
        header = {SIGNATURE_HEADER: sign(signed or url, form.items(), SECRET)}
        return self.app.test_client().post(url, data=form, headers=header)

    def counts(self) -> dict[str, int]:
        """Rows of every table but those that a new database has some in."""
        filled = {LedgerLease.__tablename__, SendingRight.__tablename__, SchemaFloor.__tablename__}
        names = Base.metadata.tables.keys() - filled
        # One question: a query for each table would be compiled for each.
        counts = [f"SELECT '{name}', count(*) FROM {name}" for name in sorted(names)]  # noqa: S608
        with self.runtime.database.read() as session:
            return dict(tuple(row) for row in session.execute(text(" UNION ALL ".join(counts))))

    def metric(self, name: str, **labels: str) -> float | None:
        """The value of a metric as it is scraped now."""
        return next(iter(self.samples(name, **labels).values()), None)

    def samples(self, name: str, **labels: str) -> dict[str, float]:
        """The values of a metric as it is scraped now, each by its name with all its labels."""
        lines = (line.rpartition(" ") for line in self.get("/metrics").text.splitlines())
        return {
            sample: float(value)
            for sample, _, value in lines
            if sample.startswith(name) and all(f'{k}="{v}"' in sample for k, v in labels.items())
        }


def open_folder(folder: Path, **environ: str) -> World:
    """Open a world on a data folder."""
    settings = Settings.from_env({"BILUM_DATA_DIR": str(folder), **environ})
    # A server may have the schema already, and then makes no key.
    load_or_make_key(folder / DATA_KEY)
    if (folder / "bilum.db").exists():
        settle(folder / "bilum.db")
    return on(Runtime.open(settings, Clock()))


def on(runtime: Runtime) -> World:
    """The world of a runtime, whose database may be empty."""
    file = sqlite_file(runtime.database.engine.url)
    # To ask a file that was copied with its schema for its revision is a tenth of opening it.
    if not (file and file.exists() and file.stat().st_size) and not runtime.database.revision():
        runtime.database.upgrade()
    return World(runtime, create_app(runtime))


@pytest.fixture(scope="session")
def staged(migrated_folder, tmp_path_factory):
    """A scene of people, premises and pigs, once, in a folder to copy."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("staged") / "data")
    world = open_folder(folder)
    made = set_scene(world)
    world.runtime.close()
    return folder, made


@pytest.fixture
def scene(staged, tmp_path):
    """People of every role with tokens, on a database of their own."""
    folder, made = staged
    world = open_folder(shutil.copytree(folder, tmp_path / "data"))
    yield _scene_of(world, made)
    world.runtime.close()


@pytest.fixture(scope="session")
def server_staged(server_template, tmp_path_factory):
    """The same scene on PostgreSQL, in a folder and a database to copy."""
    folder = tmp_path_factory.mktemp("staged") / "server"
    with fresh_database(environment.POSTGRES_URL, server_template) as url:
        world = open_folder(folder, BILUM_DATABASE_URL=url)
        made = set_scene(world)
        world.runtime.close()
        yield folder, url, made


@pytest.fixture
def server_scene(server_staged, tmp_path):
    """People of every role with tokens, on a database of their own on PostgreSQL."""
    folder, source, made = server_staged
    with fresh_database(environment.POSTGRES_URL, source) as url:
        copied = shutil.copytree(folder, tmp_path / "data")
        world = open_folder(copied, BILUM_DATABASE_URL=url)
        yield _scene_of(world, made)
        world.runtime.close()


def _scene_of(world, made):
    callers = {name: replace(one, app=world.app) for name, one in made.callers.items()}
    return Scene(world, callers, made.places)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(migrated_folder, tmp_path):
    shutil.copytree(migrated_folder, tmp_path, dirs_exist_ok=True)
    return Settings.from_env(
        {
            "BILUM_DATA_DIR": str(tmp_path),
            "BILUM_TWILIO_AUTH_TOKEN": SECRET,
            "BILUM_CONFIRMATIONS": "1",
        }
    )


@pytest.fixture
def open_world(clock, settings):
    """Opens a world on settings, some of them changed."""
    opened = []

    def begin(**changes):
        runtime = Runtime.open(replace(settings, **changes), clock)
        opened.append(runtime)
        return on(runtime)

    yield begin
    for runtime in opened:
        runtime.close()


@pytest.fixture
def world(open_world):
    return open_world()

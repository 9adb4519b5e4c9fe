"""Bare bound of the benchmark of HTTP: Flask on the same server, one INSERT and COMMIT each."""

from __future__ import annotations

import os

from flask import Flask, Response, request
from sqlalchemy import text

from bench._http_clients import PATH
from services.runtime.web_server import make_server
from services.storage.engine import make_engine

_ROW = text("INSERT INTO bare (body) VALUES (:body)")
_TABLE = text("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, body text NOT NULL)")


def main() -> None:
    """Serve until the process ends."""
    environ = os.environ  # noqa: TID251 — a script
    engine = make_engine(environ["BILUM_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        connection.execute(_TABLE)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

    @app.post(PATH)
    def take() -> Response:
        with engine.begin() as connection:
            connection.execute(_ROW, {"body": request.form["Body"]})
        return Response("", content_type="text/xml")

    make_server(app, "127.0.0.1", int(environ["BILUM_PORT"])).run()


if __name__ == "__main__":
    main()

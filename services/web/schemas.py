"""The base of all answers' shapes."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema


class AnswerSchema(Schema):
    """Shape of an answer: a client must expect members that come later."""

    class Meta:
        """Options of the library; this one tells OpenAPI that further members may come."""

        unknown = EXCLUDE

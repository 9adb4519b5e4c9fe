"""The program's log: a JSON object a line, each with the id of the message that it is about.

Modules log by Python's `logging`; this is the one place that decides how a line looks. On a
terminal it is a sentence. Messages of exceptions never reach it: they may hold a number or a text.
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from traceback import format_tb
from typing import IO, Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from services.core.correlation import current_correlation, written

FACTS = "facts"
"""Attribute of a record that holds a line's fields; `correlation` is the id that it is about."""
_CORRELATION = "correlation"
_Fields = MutableMapping[str, Any]
# Libraries write messages of their own: a number in E.164 goes no further.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+[1-9][0-9]{6,14}(?![0-9])")


def log_to(stream: IO[str], *, lines: bool | None = None) -> logging.Handler:
    """Log from INFO to a stream; return the handler.

    Args:
        stream: such as standard error.
        lines: whether people read it; None: if it is a terminal.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(lines=stream.isatty() if lines is None else lines))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It tells of each look at the schema's revision, which /ready takes.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return handler


def log_to_stderr() -> None:
    """Log from INFO to standard error."""
    log_to(sys.stderr)


def formatter(*, lines: bool = False) -> logging.Formatter:
    """Return what writes a record: as JSON, or for people to read."""
    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        # Lines of many machines are put side by side, and a country may have two zones.
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _add_facts,
        _stack_alone,
        _mask_numbers,
    ]
    last: Processor = _sentence if lines else _json
    return ProcessorFormatter(
        processors=[ProcessorFormatter.remove_processors_meta, last], foreign_pre_chain=common
    )


def _add_facts(_logger: object, _name: str, fields: _Fields) -> _Fields:
    record = fields["_record"]
    given = getattr(record, FACTS, {})
    about = given.get(_CORRELATION, current_correlation())
    if about is not None:
        fields["id"] = written(about)
    fields.update({name: value for name, value in given.items() if name != _CORRELATION})
    return fields


def _stack_alone(_logger: object, _name: str, fields: _Fields) -> _Fields:
    """Keep the type and the stack of an exception that a library logs."""
    error = fields["_record"].exc_info
    fields.pop("exc_info", None)
    if error and error[0] is not None:
        fields["error"] = error[0].__name__
        fields["stack"] = "".join(format_tb(error[2]))
    return fields


def _mask_numbers(_logger: object, _name: str, fields: _Fields) -> _Fields:
    fields["event"] = _NUMBER.sub("+…", str(fields["event"]))
    return fields


def _json(_logger: object, _name: str, fields: _Fields) -> str:
    order = ("time", "level", "logger", "id", "event")
    told = {name: fields[name] for name in order if name in fields}
    return json.dumps({**told, **fields}, ensure_ascii=False, default=str)


def _sentence(_logger: object, _name: str, fields: _Fields) -> str:
    told = dict(fields)
    head = f"{told.pop('time')[:19]}Z {told.pop('level').upper()} {told.pop('logger')}"
    event, stack = told.pop("event"), told.pop("stack", "")
    facts = "".join(f" {name}={value}" for name, value in told.items())
    return f"{head} {event}{facts}" + (f"\n{stack}" if stack else "")

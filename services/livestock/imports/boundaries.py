"""Files of boundaries: their size and encoding; what is in them is read by the domain."""

import json
from pathlib import Path

from services.livestock.domain.boundaries import Outline, read_boundaries
from services.livestock.domain.errors import BadBoundaries

MOST_OCTETS = 128 * 1024 * 1024


def read_boundary_file(
    path: Path, province: str | None = None, district: str | None = None
) -> list[Outline]:
    """Read the outlines in a file of GeoJSON.

    Args:
        province, district: see `services.livestock.domain.boundaries.read_boundaries`.

    Raises:
        BadBoundaries: it is too large, no JSON, or see there.
    """
    if path.stat().st_size > MOST_OCTETS:
        most = f"is larger than {MOST_OCTETS // 1024**2} MB: simplify it first"
        raise BadBoundaries(where="the file", fault=most)
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadBoundaries(where="the file", fault="is no text in UTF-8") from None
    except (ValueError, RecursionError):
        raise BadBoundaries(where="the file", fault="is no JSON") from None
    return read_boundaries(document, province, district)

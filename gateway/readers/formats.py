"""Detection of a reader's format: lines or a table; pure."""

from gateway.errors import NotASessionFile, ScanFault
from gateway.readers.lines import read_lines
from gateway.readers.presets import ANY, presets
from gateway.readers.sessions import has_names, read_session

AUTO, LINES = "auto", "lines"


def format_of(text: str) -> str:
    """Return `LINES`, or `ANY` for a table.

    Lines make a table, too: of one column without a name. So a table is what names its columns, or
    gives more scans than its lines do; one bad line is no reason, since the table of lines tells
    neither times nor weights.

    Raises:
        NotASessionFile: nothing in it is a tag, nor a part of one.
    """
    lines, preset = read_lines(text), presets()[ANY]
    try:
        if has_names(text, preset):
            return ANY
        table = read_session(text, preset)
    except NotASessionFile:
        if lines.scans or any(one.fault is not ScanFault.UNREADABLE for one in lines.faults):
            return LINES
        raise
    return ANY if len(table.scans) > len(lines.scans) else LINES

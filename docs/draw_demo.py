"""Draw docs/demo.svg from what `bilum demo` really prints: `.venv/bin/python docs/draw_demo.py`."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 84
TARGET = Path(__file__).with_name("demo.svg")


def main() -> None:
    """Play the demonstration and draw its output as a terminal."""
    played = subprocess.run(  # noqa: S603 — the program beside this one
        [str(Path(sys.executable).with_name("bilum")), "demo"],
        env={"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(played.stdout))
    drawn = console.export_svg(title="make demo")
    # The fonts that it would fetch from elsewhere go; every system has a monospaced one.
    drawn = re.sub(r"<!--.*?-->", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    TARGET.write_text(drawn.replace("Fira Code, monospace", "monospace"), encoding="utf-8")


if __name__ == "__main__":
    main()

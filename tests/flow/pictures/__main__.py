"""Draw docs/phones anew, and write docs/ussd-menus.md."""

from __future__ import annotations

from tests.flow.pictures import tree
from tests.flow.pictures.sheets import FOLDER, pictures


def main() -> None:
    """Write every file, and delete pictures that are drawn no more."""
    FOLDER.mkdir(exist_ok=True)
    drawn = pictures()
    for old in {path.name for path in FOLDER.iterdir()} - drawn.keys():
        (FOLDER / old).unlink()
    for name, text in drawn.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    tree.PAGE.write_text(tree.page(), encoding="utf-8")


if __name__ == "__main__":
    main()

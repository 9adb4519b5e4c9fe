"""An auditor who takes the proof of each act of a story away, by what stands on the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.services.console.ledger.checking import Checking

if TYPE_CHECKING:
    from pathlib import Path

CHECKPOINT = re.compile(r"^[0-9]+:[0-9a-f]{64}$")


@dataclass(frozen=True)
class Known:
    """What an auditor wrote down of a ledger."""

    contract: str
    chain_id: str
    genesis: str
    size: str
    root: str

    @property
    def options(self) -> tuple[str, ...]:
        """The same, as the command wants it."""
        told = vars(self).items()
        return tuple(
            part for name, value in told for part in (f"--{name.replace('_', '-')}", value)
        )


class AuditorAfterwards(Checking):
    """Saves proofs from the pages of records, and opens them on the page that asks nobody."""

    def write_down(self) -> Known:
        """Write down the newest checkpoint, and which ledger it is."""
        self.goto("/ledger")
        size, _, root = self.page.get_by_text(CHECKPOINT).first.inner_text().partition(":")
        facts = self.page.get_by_role("definition").all_inner_texts()
        return Known(*facts[:3], size, root)

    def read_records(self, kind: str, *told: str) -> int:
        """Read the records of a kind, which tell something; how many there are."""
        self.select("What happened", kind)
        self.press("Show")
        cards = self.page.get_by_role("heading", level=2, name=f"25 Nov 2026: {kind}")
        expect(cards.first).to_be_visible()
        for words in told:
            self.sees(words)
        return cards.count()

    def save_proof_of_page(self, count: int, folder: Path) -> Path:
        """Save one file that proves every record that is shown."""
        if count == 1:
            return self.save("Save its proof", folder)
        return self.save(f"Save one proof of all {count} on this page", folder)

    def command(self) -> str:
        """The command of the verifier that the page tells."""
        shown = self.page.get_by_text(re.compile(r"^python -m chain verify ")).first.inner_text()
        assert isinstance(shown, str)
        return shown

    def type_known(self, known: Known) -> None:
        """Fill in what one wrote down, on the page that asks nobody."""
        self.page.get_by_text("Instead of a node, by hand").click()
        self.fill("The contract, as it was published", known.contract)
        self.fill("The ledger's root", known.root)
        self.page.get_by_label("Number of entries below it").last.fill(known.size)
        self.fill("Chain id", known.chain_id)
        self.fill("Hash of block 0", known.genesis)
        self.button("Compare").click()

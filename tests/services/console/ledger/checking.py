"""An auditor who trusts nobody: a receipt, its proof, and a checkpoint that they kept."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from sqlalchemy import select

from chain.canonical import receipt_code
from services.runtime.audit_job import audit_asked
from services.runtime.workers import record_everything
from services.storage.models import LedgerBatch, LedgerLeaf
from tests.services.console.walk import Walk

if TYPE_CHECKING:
    from playwright.sync_api import Locator


class Checking(Walk):
    """An auditor checks a receipt, its proof file on /verify, and consistency."""

    steps = first_steps = 0

    def move(self, through: Locator) -> None:
        self.steps += 1
        super().move(through)

    def save(self, name: str, folder: Path) -> Path:
        """Save the file behind a link or a button."""
        self.steps += 1
        return super().save(name, folder)

    def check_receipt(self, folder: Path) -> Path:
        """From the first page to a proof file."""
        self.goto("")
        self.heading("Ledger")
        self.look("ledger")
        self.follow("Check a receipt")
        self.look("receipt-asked")
        self.fill("Receipt", self.receipt().lower())
        self.press("Look it up")
        self.is_told("On the ledger: record 3 of", "status")
        self.look("receipt")
        return self.save("Save the proof file", folder)

    def verify(self, proof: Path) -> None:
        """Check the file on the page that asks nobody."""
        self.follow("Check a proof file in your browser")
        self.open_file(proof, "Agrees with itself, compared with nothing")
        self.look("verify")

    def open_file(self, proof: Path, verdict: str | re.Pattern[str]) -> None:
        """Choose a file on the page that asks nobody, and read its verdict."""
        self.steps += 1
        self.page.get_by_label("Drop a proof file here, or choose one").set_input_files(proof)
        self.reads_verdict(verdict)

    def reads_verdict(self, verdict: str | re.Pattern[str]) -> None:
        """Read the verdict on a file."""
        expect(self.page.get_by_role("heading", name=verdict, exact=True)).to_be_visible()

    def check_history(self, kept: str) -> None:
        """Hold a checkpoint that one kept against the ledger of today."""
        self.goto("/ledger")
        self.follow("Check a kept checkpoint")
        self.look("consistency-asked")
        self.compare(kept)
        self.look("consistency")

    def compare(self, kept: str) -> None:
        """Hold a kept checkpoint against the ledger, which goes on from it."""
        self.fill("The checkpoint that you kept", kept)
        self.press("Compare")
        self.is_told("The ledger goes on from your checkpoint", "status")

    def read(self) -> None:
        """Read the other pages."""
        size, _ = self.checkpoint()
        self.fill("The checkpoint that you kept", f"{size}:{'0' * 64}")
        self.press("Compare")
        self.is_told("HISTORY WAS REWRITTEN", "status")
        self.look("consistency-rewritten")
        self.follow("Records in words")
        self.look("records")
        self.audit()
        for name in ("Approvals", "Erasures", "Accesses"):
            self.follow(name)
            self.heading(name)
            self.look(f"ledger-{name.lower()}")
        self.follow("Records in words")
        self.draw_in_tok_pisin("records")

    def audit(self) -> None:
        """Start an audit, which the worker does meanwhile, and see its verdict."""
        self.follow("Audits")
        self.look("audits")
        self.press("Start an audit")
        self.heading("The audit goes on")
        self.look("audit-goes-on")
        audit_asked(self.world.runtime, lambda: False)
        if not self.scripts:
            self.follow("Look again")
        # The page asks every three seconds.
        self.heading("Clean: all agrees")
        self.look("audit")
        self.goto("/ledger")

    def receipt(self) -> str:
        """The receipt of a record that is on the ledger."""
        with self.world.runtime.database.read() as session:
            third = select(LedgerLeaf.commitment).where(LedgerLeaf.index == 3)
            return receipt_code(session.scalars(third).one())

    def checkpoint(self) -> tuple[int, str]:
        """The newest checkpoint."""
        with self.world.runtime.database.read() as session:
            newest = select(LedgerBatch.size, LedgerBatch.root).order_by(LedgerBatch.size.desc())
            row = session.execute(newest.limit(1)).one()
            return row.size, row.root.hex()

    def go(self) -> None:
        """Go the whole way."""
        record_everything(self.world.runtime, lambda: None, lambda _: None)
        size, root = self.checkpoint()
        self.take_session_of("auditor")
        with TemporaryDirectory() as folder:
            proof = self.check_receipt(Path(folder))
            if self.scripts:
                self.verify(proof)
            self.check_history(f"{size}:{root}")
        self.first_steps = self.steps
        self.read()

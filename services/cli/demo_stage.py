"""The stage of `bilum demo`: a deployment in one folder, with phones played by signed webhooks.

Everything but the phones is real: the web application checks the signatures, the recorder writes to
the contract, the dispatcher sends the replies.
"""

import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import ColumnElement, select

from chain.canonical import public_subject, read_receipt
from chain.connection import connect
from chain.proof import dump
from chain.verification import Expected
from gateway.channels.twilio import SIGNATURE_HEADER, sign
from services.api.tokens import create_token
from services.audit.comparison import Auditor
from services.audit.findings import AuditReport
from services.audit.proofs import ReceiptFound, find_receipt, prove
from services.core.clock import Clock, utc_now
from services.core.roles import Role
from services.core.settings import Settings
from services.ledger.party_log import PartyAct
from services.ledger.receipts import look_up_receipt
from services.messaging.offices import appoint
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.runtime.workers import keep_courses, make_carriers, make_dispatcher, record_everything
from services.storage.models import Message
from services.storage.parties import party_of
from services.storage.sending_right import give_right
from services.storage.unit_of_work import Unit

URL = "https://demo.example"
OUR_NUMBER = "+67570000000"


class Stage:
    """One deployment in `folder`, with phones whose screens are written to `screen`."""

    def __init__(
        self,
        folder: Path,
        screen: TextIO,
        environ: Mapping[str, str] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._secret = secrets.token_hex(16)
        self.folder = folder
        self.runtime = Runtime.open(
            Settings.from_env(
                {
                    "BILUM_DATA_DIR": str(folder),
                    "BILUM_PUBLIC_URL": URL,
                    "BILUM_TWILIO_AUTH_TOKEN": self._secret,
                    **(environ or {}),
                }
            ),
            clock,
        )
        self.runtime.database.upgrade()
        self._client = create_app(self.runtime).test_client()
        self._dispatcher = make_dispatcher(self.runtime, make_carriers(self.runtime, screen))

    def appoint(self, number: str, role: Role) -> None:
        """Give the person of a number a role."""
        with self.runtime.database.write() as session:
            party = party_of(Unit(session, self.runtime.database.vault), number)
            appoint(session, party, role, PartyAct("role", None, "cli", self.runtime.clock()))

    def send(self, number: str, body: str) -> str:
        """Send one SMS from a phone, as Twilio would deliver it; return the reply, sent as well."""
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "From": number,
            "To": OUR_NUMBER,
            "Body": body,
        }
        url = f"{URL}/gateway/twilio/sms"
        headers = {SIGNATURE_HEADER: sign(url, form.items(), self._secret)}
        answer = self._client.post("/gateway/twilio/sms", data=form, headers=headers)
        answer.close()
        self._dispatcher.drain()
        return self._last_reply(number)

    def keep(self) -> None:
        """Plan and ask what the programmes have due by now, and send all that may go."""
        while keep_courses(self.runtime):
            pass
        self._dispatcher.drain()

    def _last_reply(self, number: str) -> str:
        with self.runtime.database.read() as session:
            return session.scalars(
                select(Message.body)
                .where(self._is_to(number), Message.purpose == "reply")
                .order_by(Message.id.desc())
                .limit(1)
            ).one()

    def inbox(self, number: str) -> list[str]:
        """Return everything that a phone was sent, oldest first."""
        with self.runtime.database.read() as session:
            found = select(Message.body).where(self._is_to(number)).order_by(Message.id)
            return list(session.scalars(found))

    def _is_to(self, number: str) -> ColumnElement[bool]:
        return Message.recipient_index.in_(self.runtime.database.vault.indexes(number))

    def token(self, number: str, role: Role) -> str:
        """Give the person of a number a role, and make a token of it for the API."""
        self.appoint(number, role)
        database = self.runtime.database
        with database.write() as session:
            party = party_of(Unit(session, database.vault), number)
            return create_token(session, role, self.runtime.clock(), party_id=party.id)

    def call(
        self, token: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 — JSON
        """Call the API; return its JSON.

        Raises:
            RuntimeError: it refused; the problem is in the message.
        """
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(16)}
        with self._client.open(path, method=method, json=body, headers=headers) as answer:
            text = answer.get_data(as_text=True)
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                raise RuntimeError(f"{method} {path}: {answer.status} {text}")
            return answer.get_json() if answer.is_json else text

    def ready(self) -> dict[str, Any]:
        """Return what the web server says of itself."""
        with self._client.get("/ready") as answer:
            return {"status": answer.status_code, **answer.get_json()}

    def record(self) -> int:
        """Take everything to the ledger; return its size."""
        record_everything(self.runtime, lambda: None, lambda _size: None)
        return self.runtime.recorder_store.size()

    def audit(self, *, projections: bool = False) -> AuditReport:
        """Compare this stage's database with its chain, and its state with its journal if asked."""
        with connect(self.runtime.settings.chain, write=False) as chain:
            auditor = Auditor(self.runtime.database, chain.ledger, chain.logs)
            return auditor.audit(projections=projections)

    def prove(self, official: str, target: Path) -> int:
        """Write the proof file of an animal; return how many records it proves."""
        with self.runtime.database.read() as session:
            proof = prove(session, public_subject("iso11784", official))
        target.write_text(dump(proof), encoding="utf-8")
        return len(proof.records)

    def newest_checkpoint(self) -> Expected:
        """Read from the contract what an auditor holds against a proof."""
        with connect(self.runtime.settings.chain, write=False) as chain:
            identity, size = chain.identity(), chain.ledger.size()
            return Expected(
                root=chain.ledger.root_at(size),
                size=size,
                chain_id=identity.chain_id,
                genesis=identity.genesis,
                contract=identity.contract,
            )

    def find(self, receipt: str) -> ReceiptFound:
        """Look for what a receipt promises, on the chain itself."""
        prefix = read_receipt(receipt)
        with self.runtime.database.read() as session:
            known = look_up_receipt(session, prefix)
        with connect(self.runtime.settings.chain, write=False) as chain:
            return find_receipt(prefix, None, known, chain.logs)

    @contextmanager
    def copy(self, name: str, screen: TextIO) -> "Iterator[Stage]":
        """Open a copy of the whole folder, where somebody may be dishonest."""
        self.runtime.close()
        folder = self.folder.parent / name
        shutil.copytree(self.folder, folder)
        stage = Stage(folder, screen)
        with stage.runtime.database.write() as session:
            # Whoever is dishonest says that there is no other one.
            give_right(session, None, stage.runtime.clock())
        try:
            yield stage
        finally:
            stage.runtime.close()

    def edit_one_byte(self) -> None:
        """Change one byte of one recorded event, as somebody with the disk in hand could."""
        with self._unprotected() as connection:
            row, content = connection.execute(
                "SELECT id, content FROM journal WHERE type = 'register' ORDER BY id LIMIT 1"
            ).fetchone()
            connection.execute(
                "UPDATE journal SET content = ? WHERE id = ?",
                (content.replace(b"register", b"registeR"), row),
            )

    def drop_report(self, receipt: str) -> None:
        """Make a report disappear that is not on the ledger yet."""
        prefix = read_receipt(receipt)
        with self._unprotected() as connection:
            (event,) = connection.execute(
                "SELECT journal_id FROM ledger_leaf WHERE substr(commitment, 1, 10) = ?", (prefix,)
            ).fetchone()
            for statement in (
                "DELETE FROM ledger_leaf WHERE journal_id = ?",
                "UPDATE movement SET arrived_on = NULL, arrival_id = NULL WHERE arrival_id = ?",
                "DELETE FROM journal WHERE id = ?",
            ):
                connection.execute(statement, (event,))

    @contextmanager
    def _unprotected(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.folder / "bilum.db")) as connection, connection:
            connection.execute("DROP TRIGGER IF EXISTS journal_no_update")
            connection.execute("DROP TRIGGER IF EXISTS journal_no_delete")
            yield connection

"""The admin's side of the ledger contract: recorders, pauses, and the admin's own succession.

Recording is `chain.ledger`'s. The admin's key need not be the recorder's, and should not be: it is
used a few times a year and can be kept off every server.
"""

from dataclasses import dataclass

from chain import contract
from chain.errors import LedgerError, NotAdmin
from chain.node import ContractClient, node_errors, send_and_wait


@dataclass(frozen=True, slots=True)
class Handover:
    """A handing over of the admin that was begun.

    Attributes:
        to: check-summed address that may accept it.
        since: seconds since 1970; accepting is possible in a block after it.
    """

    to: str
    since: int


class Administration(ContractClient):
    """One `LivestockLedger` contract, as its admin sees it.

    Every method may raise `NodeUnreachable`, and `NoContract` where something else is at `address`.
    Those that change something return when it is included, and raise `NoSigner` without a key and
    `LedgerError` where the contract refuses; what is so already, they leave as it is.

    Args:
        provider: the way to the node; give an HTTP provider a time-out (see `http_provider`).
        address: the contract's address, hexadecimal.
        signer: the admin's key; for `accept_handover` the heir's; None: read only.
    """

    _without_key = "No key to sign with: give the admin's keystore."

    @property
    def signer(self) -> str:
        """Check-summed address of the key that signs; without one, NoSigner is raised."""
        return contract.checksummed(self._key().address)

    def admin(self) -> str:
        """Return the admin's check-summed address."""
        return str(self._view("defaultAdmin"))

    def delay(self) -> int:
        """Return the seconds between the two steps of handing over."""
        return int(self._view("defaultAdminDelay"))

    def handover(self) -> Handover | None:
        """Return the handing over that was begun, None where there is none."""
        heir, since = self._view("pendingDefaultAdmin")
        return Handover(str(heir), int(since)) if since else None

    def block_time(self, number: int | None = None) -> int:
        """Return when a block was made, by default the newest; seconds since 1970."""
        with node_errors():
            return self._web3.eth.get_block("latest" if number is None else number)["timestamp"]

    def grant(self, address: str) -> None:
        """Let `address` record."""
        if not self.has_recorder_role(address):
            self._command("grantRole", contract.RECORDER_ROLE, contract.checksummed(address))

    def revoke(self, address: str) -> None:
        """Let `address` record no more: what it signed and nobody included yet will revert."""
        if self.has_recorder_role(address):
            self._command("revokeRole", contract.RECORDER_ROLE, contract.checksummed(address))

    def pause(self) -> None:
        """Stop recording; reading goes on."""
        if not self.paused():
            self._command("pause")

    def unpause(self) -> None:
        """Let recording go on."""
        if self.paused():
            self._command("unpause")

    def begin_handover(self, heir: str) -> Handover:
        """Name the next admin; an earlier nomination ends."""
        if int(heir := contract.checksummed(heir), 16) == 0:
            raise LedgerError("Nobody cannot be the admin: no key could ever be changed again.")
        self._command("beginDefaultAdminTransfer", heir)
        begun = self.handover()
        if begun is None or begun.to != heir:
            raise LedgerError("Another handing over came between; look at `bilum ledger status`.")
        return begun

    def cancel_handover(self) -> None:
        """Take back what was begun."""
        if self.handover():
            self._command("cancelDefaultAdminTransfer")

    def accept_handover(self) -> None:
        """Become the admin, after a nomination.

        Raises:
            NotAdmin: the key was not named, or the delay has not passed on the chain's clock.
        """
        begun = self.handover()
        if begun is None or begun.to != self.signer:
            raise NotAdmin(f"No handing over to {self.signer} was begun.")
        left = begun.since - self.block_time()
        if left >= 0:
            raise NotAdmin(f"The delay has not passed: {left + 1} seconds are left.")
        self._send("acceptDefaultAdminTransfer")

    def fund(self, address: str, wei: int) -> None:
        """Give `address` coins of the signer's, to pay for gas."""
        call = {"to": contract.checksummed(address), "value": wei}
        send_and_wait(self._web3, self._key(), call, "the payment")

    def _command(self, name: str, *arguments: object) -> None:
        if (admin := self.admin()) != self.signer:
            raise NotAdmin(f"{self.signer} is not the admin; {admin} is.")
        self._send(name, *arguments)

    def _send(self, name: str, *arguments: object) -> None:
        data = self._contract.encode_abi(name, list(arguments))
        call = {"to": self.address, "data": data}
        send_and_wait(self._web3, self._key(), call, name)

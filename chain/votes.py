"""A validator's own node: the block makers, and its owner's votes on them (Besu's QBFT API).

A validator's votes stand in the blocks that it makes. When more than half of the validators have
voted for the same, it holds. They are forgotten with each epoch, 30,000 blocks by our genesis.
"""

from typing import Any

from web3 import BaseProvider
from web3.types import RPCEndpoint

from chain.contract import checksummed
from chain.errors import LedgerError
from chain.node import SILENCES
from chain.silence import unreachable


class ValidatorNode:
    """One validator's node, with the API `QBFT` open to its owner alone.

    Every method may raise `NodeUnreachable`, and `LedgerError` where the node refuses.
    """

    def __init__(self, provider: BaseProvider) -> None:
        self._provider = provider

    def validators(self) -> list[str]:
        """Return the check-summed addresses of the present block makers."""
        return [checksummed(one) for one in self._ask("qbft_getValidatorsByBlockNumber", "latest")]

    def votes(self) -> dict[str, bool]:
        """Return this node's votes by check-summed address: True to add, False to drop."""
        found = self._ask("qbft_getPendingVotes")
        return {checksummed(address): bool(add) for address, add in found.items()}

    def vote(self, address: str, *, add: bool) -> None:
        """Vote in each block that this node makes, until the vote is withdrawn."""
        self._ask("qbft_proposeValidatorVote", checksummed(address), add)

    def withdraw(self, address: str) -> None:
        """Vote on `address` no more."""
        self._ask("qbft_discardValidatorVote", checksummed(address))

    def _ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 — JSON
        try:
            response = self._provider.make_request(RPCEndpoint(method), list(parameters))
        except SILENCES as error:
            raise unreachable(f"The node did not answer {method}", error) from None
        if response.get("result") is None:
            refused: Any = response.get("error") or {}
            raise LedgerError(f"The node refused {method}: {refused.get('message', 'no result')}.")
        return response["result"]

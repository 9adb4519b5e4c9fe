"""py-evm, less what importing it does to the whole process.

It raises Python's recursion limit to 100,000, far beyond the stack: JSON nested deeply enough would
then end the process, where Python's own limit makes a RecursionError of it. Calls between contracts
may nest 1,024 deep in an EVM; the ledger's do not nest.
"""

import sys
from typing import Final

from eth_tester.exceptions import TransactionFailed

__all__ = ["RECURSION_LIMIT", "TransactionFailed"]

RECURSION_LIMIT: Final = 1_000
"""Python's default."""

sys.setrecursionlimit(RECURSION_LIMIT)

"""gas, records a second, audit and proof of the ledger, beside the Ethereum Attestation Service.

Needs the packages of contracts/ and BILUM_BENCH_POSTGRES_URL, a server on which databases may be
made; they take a gigabyte and are dropped afterwards. `make bench-ledger BENCH_ARGS="gas rate"`
measures some of the parts alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench import _ledger_audit, _ledger_gas, _ledger_proof, _ledger_rate

SERVER: Final = "BILUM_BENCH_POSTGRES_URL"
PARTS: Final = {
    "gas": _ledger_gas.main,
    "rate": _ledger_rate.main,
    "audit": _ledger_audit.main,
    "proof": _ledger_proof.main,
}


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := set(chosen) - PARTS.keys():
        sys.exit(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    for name in chosen:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](server, Path(folder))
        print(f"{name} took {time.perf_counter() - began:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()

"""Try what three hosts do when parts of them break: `python -m deploy.lab DRILL...`.

As root, on Debian with the packages that docs/operations.md names. Without a drill everything is
brought up, and stays until Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from deploy.lab.country import running_country
from deploy.lab.drills import DRILLS, FULL, SMALL, LabSettings, Result, run_drill
from deploy.lab.network import Network, draw_network
from deploy.lab.rounds import Failure


def main() -> None:
    """Run the drills that are named; end with 1 where one lost or doubled anything."""
    told = _arguments()
    # By a signal too, the hosts are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    if not told.drills:
        with running_country(network=_network(told)) as country:
            addresses = ", ".join(host.address for host in country.hosts)
            print(f"{country.public_url} of {addresses}; Ctrl-C")
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        return
    clean = True
    for name, failures in _planned(told).items():
        lab = LabSettings(told.seed, not told.no_fsync, _network(told), told.reports, told.minutes)
        try:
            result = run_drill(name, failures, lab)
        except (RuntimeError, OSError) as error:
            # The next drill has a lab of its own.
            print(f"{name}: seed {told.seed}: no lab: {error}", flush=True)
            clean = False
            continue
        print(result, flush=True)
        clean &= result.clean
        if told.reports:
            keep_result(result, told.reports)
    if not clean:
        sys.exit(
            "a report was lost, doubled or uncertain, the audit found something, or a part failed"
        )


def _network(told: argparse.Namespace) -> Network:
    return draw_network(told.name, told.network)


def _planned(told: argparse.Namespace) -> dict[str, list[Failure]]:
    """Return what breaks in each deployment, by the name of its result."""
    usual = FULL if told.full else SMALL
    each = {name: [DRILLS[name]] * (told.rounds or usual[name]) for name in told.drills}
    return {"+".join(each): [*chain(*each.values())]} if told.together else each


def keep_result(result: Result, folder: Path) -> None:
    """Write a drill's outcome into a folder, as NAME-SEED.json."""
    folder.mkdir(parents=True, exist_ok=True)
    counted = result.account
    lost = {"lost": counted.lost, "doubled": counted.doubled} if counted else {}
    told = asdict(result) | lost | {"clean": result.clean, "blows": result.blows}
    report = json.dumps(told, indent=1)
    (folder / f"{result.name}-{result.seed}.json").write_text(report, encoding="ascii")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.lab", description=__doc__)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=", ".join(DRILLS))
    parser.add_argument("--rounds", type=int, help="how often; absent: few, or with --full many")
    parser.add_argument("--minutes", type=float, help="after which no further round begins")
    parser.add_argument("--full", action="store_true", help="as often as docs/benchmarks.md tells")
    parser.add_argument("--together", action="store_true", help="one after the other, in one run")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    parser.add_argument("--no-fsync", action="store_true", help="as a control, which must lose")
    parser.add_argument("--reports", type=Path, help="folder that gets a report of each")
    parser.add_argument("--name", help="of its switch; absent: drawn, so labs run side by side")
    parser.add_argument("--network", help="such as 198.19.250; absent: drawn")
    told = parser.parse_args()
    if unknown := set(told.drills) - set(DRILLS):
        parser.error(f"there is no drill {', '.join(unknown)}; there are {', '.join(DRILLS)}")
    return told


if __name__ == "__main__":
    main()

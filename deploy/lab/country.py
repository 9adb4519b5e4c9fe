"""Bilum on the hosts: web and workers on two of them, a node and a carrier outside."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from chain.settings import ChainSettings
from deploy.lab.database import PORT, Cluster
from deploy.lab.disks import Disk
from deploy.lab.faulty_disks import FaultyDisk
from deploy.lab.hosts import Host, Program
from deploy.lab.network import Network, draw_network, remove_dead
from deploy.lab.outside import NODE, WEB, WEB_HOSTS, Outside, open_outside, public_url
from deploy.lab.parts import (
    BROKER_HOST,
    METRICS_TOKEN,
    USUAL,
    HostClock,
    Parts,
    broker_program,
    broker_url,
    faked,
)
from deploy.lab.shell import begin, end
from deploy.lab.waiting import wait_for
from services.core.clock import Clock, utc_now
from services.core.settings import Settings
from services.maintenance.deployment import deploy_ledger
from services.runtime.container import Runtime
from tests.fakes.twilio_server import ACCOUNT, TOKEN, TwilioServer, twilio_server
from tests.flow.deployments import PASSWORD, make_keystore, on_node
from tests.support.paths import ROOT
from tests.support.reports import OUR_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOSTS = 3


@dataclass(frozen=True)
class Country:
    """All that runs.

    Attributes:
        network: their own.
        hosts: the three; the first two have web and worker too.
        cluster: their databases.
        carrier: what people got, as the carrier outside knows it.
        environ: settings of the program, but for the address of its database.
        logs: folder of what the programs print.
        outside: what they meet outside.
    """

    network: Network
    hosts: Sequence[Host]
    cluster: Cluster
    carrier: TwilioServer
    environ: dict[str, str]
    logs: Path
    outside: Outside

    @property
    def public_url(self) -> str:
        """Address of the web servers, for carriers and people."""
        return self.environ["BILUM_PUBLIC_URL"]

    @property
    def authority(self) -> Path | None:
        """Authority that people trust; None: nobody speaks TLS."""
        certificates = self.outside.certificates
        return certificates and certificates.public_authority

    def runtime(self, clock: Clock = utc_now) -> Runtime:
        """Open the program here, on the database that writes now."""
        first = wait_for(self.cluster.primary, "a database that writes")
        url = self.cluster.url(f"{first.address}:{PORT}")
        return Runtime.open(Settings.from_env({**self.environ, "BILUM_DATABASE_URL": url}), clock)


@contextmanager
def running_country(
    *, durable: bool = True, parts: Parts = USUAL, network: Network | None = None
) -> Iterator[Country]:
    """Bring everything up; leave nothing of it at the end. As root.

    Args:
        durable: False: databases flush nothing to disk, which a loss of power must show.
        parts: what some drills need besides.
        network: None: one of its own.
    """
    remove_dead()
    network = network or draw_network()
    with ExitStack() as stack:
        folder = network.folder
        folder.mkdir()
        folder.chmod(0o755)
        stack.callback(network.remove_folder)
        network.prepare(folder)
        stack.callback(network.remove)
        stack.push(partial(_keep_logs, folder / "logs"))
        hosts = []
        for number in range(HOSTS):
            hosts.append(Host(number, network, folder, FaultyDisk if parts.disks else Disk))
            stack.callback(hosts[-1].remove)
        carrier = stack.enter_context(twilio_server(utc_now, address=network.outside))
        environ = _environ(folder, network, carrier, stack) | METRICS_TOKEN
        environ["BILUM_PUBLIC_URL"] = public_url(network, parts)
        outside = open_outside(network, carrier.url, parts, hosts, stack)
        authority = outside.certificates and outside.certificates.database_authority
        cluster = Cluster(hosts, secrets.token_hex(16), durable=durable, authority=authority)
        country = Country(network, hosts, cluster, carrier, environ, folder / "logs", outside)
        _start(country, parts)
        yield country


def _keep_logs(logs: Path, error: type[BaseException] | None, *_: object) -> None:
    """Keep what the programs printed where something went wrong."""
    if error is None or not logs.exists():
        return
    kept = Path(tempfile.mkdtemp(prefix="bilum-lab-logs-"))
    shutil.copytree(logs, kept, dirs_exist_ok=True)
    print(f"what the programs printed is in {kept}", file=sys.stderr)


def _start(country: Country, parts: Parts) -> None:
    cluster = country.cluster
    if parts.broker:
        broker = country.hosts[BROKER_HOST]
        broker.programs.append(broker_program(broker))
        country.environ["BILUM_BROKER_URL"] = broker_url(broker)
    for host in country.hosts:
        if parts.database_clocks:
            host.programs = [
                faked(host, one, HostClock.DATABASE) if one.name == "patroni" else one
                for one in host.programs
            ]
        host.power_on()
    wait_for(cluster.standing, "three databases that follow each other")
    cluster.create(wait_for(cluster.primary, "a database that writes"))
    runtime = country.runtime()
    runtime.database.upgrade()
    runtime.close()
    for host in country.hosts[:WEB_HOSTS]:
        worker = "celery" if parts.broker else "worker"
        programs = [_program(host, country, command) for command in ("serve", worker)]
        if parts.clocks:
            programs = [faked(host, one, HostClock.PROGRAM) for one in programs]
        host.start(programs)
    country.outside.front.reload()
    ready = f"{country.public_url}/ready"
    wait_for(lambda: _answers(ready, country.authority), "an answer of the web servers")


def _program(host: Host, country: Country, command: str) -> Program:
    code = f"import sys; sys.argv = ['bilum', '{command}']; from services.cli import main; main()"
    environ = {
        **country.environ,
        **country.outside.environ,
        "PYTHONPATH": str(ROOT),
        "BILUM_DATABASE_URL": country.cluster.url(),
        "BILUM_HOST": host.address,
        "BILUM_PORT": str(WEB),
        "BILUM_PROXY": country.network.outside,
        "BILUM_DATA_DIR": str(host.disk.path / "state" / "bilum"),
    }
    if command == "serve":
        environ = {name: told for name, told in environ.items() if "SIGNER" not in name}
    return Program(command, (sys.executable, "-c", code), environ=environ)


def _environ(
    folder: Path, network: Network, carrier: TwilioServer, stack: ExitStack
) -> dict[str, str]:
    node = f"http://{network.outside}:{NODE}"
    (anvil,) = (ROOT / "contracts" / "node_modules").glob("@foundry-rs/anvil-*/bin/anvil")
    options = ("--host", network.outside, "--port", str(NODE), "--silent")
    stack.callback(end, begin(folder / "logs" / "node", str(anvil), *options))
    wait_for(lambda: _answers(node), "the node")
    keystore = make_keystore(folder / "keys")
    chain = ChainSettings(
        url=node, embedded=folder / "unused", keystore=keystore, keystore_password=PASSWORD
    )
    address, _ = deploy_ledger(chain, (None, None), folder / "address")
    return {
        **on_node(node, address, keystore),
        "BILUM_DATA_DIR": str(folder / "outside"),
        "BILUM_DATA_KEY": secrets.token_hex(32),
        "BILUM_ROUTES": "+ twilio",
        "BILUM_TWILIO_ACCOUNT_SID": ACCOUNT,
        "BILUM_TWILIO_AUTH_TOKEN": TOKEN,
        "BILUM_TWILIO_FROM": OUR_NUMBER,
        "BILUM_TWILIO_URL": carrier.url,
        # By default answers stop after two thousand texts a day, to a keeper after twenty an hour.
        "BILUM_DAILY_CEILING_TOEA": "0",
        "BILUM_ANSWERS_AN_HOUR": "1000000",
    }


def _answers(url: str, authority: Path | None = None) -> bool:
    trusted = str(authority) if authority else None
    try:
        with urllib3.PoolManager(retries=False, timeout=2, ca_certs=trusted) as pool:
            return pool.request("GET", url).status < 500  # noqa: PLR2004
    except urllib3.exceptions.HTTPError:
        return False

"""Drill of certificates: some have ended, and are renewed as docs/three-machines.md says."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from deploy.lab.database import PEERS
from deploy.lab.kills import programs_of
from deploy.lab.rounds import STANDING_SECONDS, Round, Scene, finish
from deploy.lab.standstill import records, reports, standing_still, texts, wait_until_moving
from deploy.lab.tls import tls_folder
from deploy.lab.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from deploy.lab.authority import Certificates
    from deploy.lab.country import Country
    from deploy.lab.hosts import Host
    from deploy.lab.standstill import Counted

_ENDED_SECONDS, _FELT_SECONDS = 20, 60


def end_certificates(scene: Scene) -> Round:
    """Let certificates end, and renew them after some seconds."""
    what = scene.chance.choice([*_WAITING, "etcd of one", "etcd of all"])
    if what in _WAITING:
        return _end_public(scene, what)
    return _end_hosts(scene, all_restarted=what == "etcd of all")


def renew_certificates(country: Country) -> None:
    """Renew every certificate, where there are any."""
    certificates = country.outside.certificates
    if certificates is None:
        return
    for name in _WAITING:
        _change_public(country, certificates.renew_public, name)
    _renew_hosts(country)


_WAITING: Mapping[str, Callable[[Scene], Counted]] = {
    "front": reports,
    "carrier": texts,
    "node": records,
}
"""What waits while the certificate has ended, by its name."""


def _end_public(scene: Scene, name: str) -> Round:
    """End a certificate outside; nobody is told, and each connection verifies it anew."""
    country, waiting = scene.country, _WAITING[name](scene)
    certificates, began = _certificates(country), time.monotonic()
    _change_public(country, certificates.end_public, name)
    with standing_still(waiting):
        time.sleep(_ENDED_SECONDS)
        if name != "front":
            scene.crowd.wait_until_answered(STANDING_SECONDS)
    _change_public(country, certificates.renew_public, name)
    wait_until_moving(waiting)
    return finish(scene, f"certificate of {name}", began, standing=False)


def _end_hosts(scene: Scene, *, all_restarted: bool) -> Round:
    """End the certificates of all three hosts; those are felt whose etcd is started again."""
    country, began = scene.country, time.monotonic()
    certificates = _certificates(country)
    for host in country.hosts:
        certificates.end_host(host)
    struck = country.hosts if all_restarted else [scene.chance.choice(country.hosts)]
    _kill_etcd(struck)
    for host in struck:
        wait_for(partial(_is_refused, host), "an etcd that nobody trusts", STANDING_SECONDS)
    if all_restarted:
        # The right to write ends after twenty seconds; the writing database stops in a few more.
        time.sleep(_FELT_SECONDS)
        with standing_still(reports(scene)):
            time.sleep(_ENDED_SECONDS)
    else:
        # The two others go on. A Patroni that asked this one finds no other: if it is the writing
        # database's, nobody may write now.
        time.sleep(_ENDED_SECONDS)
    _renew_hosts(country)
    return finish(scene, f"certificates with {len(struck)} etcd started again", began)


def _change_public(country: Country, change: Callable[[str], None], name: str) -> None:
    change(name)
    proxy = country.outside.front if name == "front" else country.outside.gate
    if proxy:
        proxy.reload()


def _renew_hosts(country: Country) -> None:
    certificates = _certificates(country)
    for host in country.hosts:
        certificates.renew_host(host)
        # As `systemctl reload patroni`: PostgreSQL reads its certificate at a start or a reload.
        _signal(host, "patroni", signal.SIGHUP)


def _certificates(country: Country) -> Certificates:
    if country.outside.certificates is None:
        raise RuntimeError("this lab has no certificates")
    return country.outside.certificates


def _kill_etcd(hosts: Sequence[Host]) -> None:
    for host in hosts:
        _signal(host, "etcd", signal.SIGKILL)


def _signal(host: Host, program: str, what: signal.Signals) -> None:
    for name, process in programs_of(host):
        if name == program:
            with suppress(ProcessLookupError):
                os.kill(process, what)


def _is_refused(host: Host) -> bool:
    """Tell whether a host's etcd is there for the others, and its certificate has ended.

    One that has just started, and reaches no other, answers no client yet.
    """
    context = ssl.create_default_context(cafile=str(tls_folder(host) / "ca.crt"))
    try:
        with (
            socket.create_connection((host.address, PEERS), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host.address),
        ):
            return False
    except ssl.SSLCertVerificationError:
        return True
    except OSError:
        return False

"""Certificates of the lab, by deploy/etcd/make-certificates: good ones, and such as have ended."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from deploy.lab.resolver import DOMAIN
from deploy.lab.shell import run
from deploy.lab.tls import tls_folder
from services.core.clock import utc_now
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from deploy.lab.hosts import Host
    from deploy.lab.network import Network

_MAKE = str(ROOT / "deploy" / "etcd" / "make-certificates")
_PUBLIC = ("front", "carrier", "node")
_ENDED, _BEFORE = timedelta(hours=1), timedelta(days=3650)


@dataclass(frozen=True)
class Certificates:
    """Two authorities: that of the databases, and that which people and programs trust outside.

    Attributes:
        databases, public: folder of each, with `ca.crt`, `ca.key` and what it has signed.
        address: of everything outside.
    """

    databases: Path
    public: Path
    address: str

    @property
    def database_authority(self) -> Path:
        """Authority of etcd, Patroni and PostgreSQL."""
        return self.databases / "ca.crt"

    @property
    def public_authority(self) -> Path:
        """Authority of web servers, carrier and node."""
        return self.public / "ca.crt"

    def pem(self, name: str) -> Path:
        """Return what HAProxy reads of `front`, `carrier` or `node`: certificate, then key."""
        return self.public / f"{name}.pem"

    def renew_public(self, name: str) -> None:
        """Give one outside a good certificate, as an operator does."""
        machine = f"{name}.{DOMAIN}"
        run(_MAKE, "--renew", str(self.public), f"{machine}={self.address}")
        self._join(name, (self.public / f"{machine}.crt").read_bytes())

    def end_public(self, name: str) -> None:
        """Give one outside the certificate whose life is over."""
        self._join(name, _ended(self.public, f"{name}.{DOMAIN}"))

    def renew_host(self, host: Host) -> None:
        """Give a host a good certificate, as an operator does."""
        run(_MAKE, "--renew", str(self.databases), f"{host.name}={host.address}")
        _install(host, (self.databases / f"{host.name}.crt").read_bytes())

    def end_host(self, host: Host) -> None:
        """Give a host the certificate whose life is over."""
        _install(host, _ended(self.databases, host.name))

    def _join(self, name: str, certificate: bytes) -> None:
        key = (self.public / f"{name}.{DOMAIN}.key").read_bytes()
        self.pem(name).write_bytes(certificate + key)


def make_public(made: Certificates) -> None:
    """Make the authority of what is outside, and its certificates."""
    run(_MAKE, str(made.public), *(f"{one}.{DOMAIN}={made.address}" for one in _PUBLIC))
    for name in _PUBLIC:
        made.renew_public(name)


def make_certificates(network: Network, hosts: Sequence[Host]) -> Certificates:
    """Make both authorities; hosts have theirs on their disk, everything outside in a folder."""
    folder = network.folder / "certificates"
    folder.mkdir()
    made = Certificates(folder / "databases", folder / "public", network.outside)
    run(_MAKE, str(made.databases), *(f"{one.name}={one.address}" for one in hosts))
    make_public(made)
    for shown in (folder, made.databases, made.public):
        shown.chmod(0o755)
    for authority in (made.database_authority, made.public_authority):
        authority.chmod(0o444)
    for host in hosts:
        tls_folder(host).mkdir()
        for name, kept in ((f"{host.name}.key", "server.key"), ("ca.crt", "ca.crt")):
            shutil.copy(made.databases / name, tls_folder(host) / kept)
        made.renew_host(host)
        run("chown", "-R", "postgres", str(tls_folder(host)))
    return made


def _install(host: Host, certificate: bytes) -> None:
    file = tls_folder(host) / "server.crt"
    new = file.with_suffix(".new")
    new.write_bytes(certificate)
    new.chmod(0o444)
    new.replace(file)
    run("sync", "--file-system", str(file))


def _ended(folder: Path, name: str) -> bytes:
    """Return a certificate of the same key and names, an hour after its end."""
    good = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
    key: EllipticCurvePrivateKey = load_pem_private_key(  # type: ignore[assignment]  # as it was made
        (folder / "ca.key").read_bytes(), None
    )
    over = utc_now() - _ENDED
    builder = (
        x509.CertificateBuilder(good.issuer, good.subject, good.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(over - _BEFORE)
        .not_valid_after(over)
    )
    for extension in good.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)

"""Settings by which etcd, Patroni and PostgreSQL of a host speak TLS, as deploy/ has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from deploy.lab.hosts import Host


class PatroniTls(NamedTuple):
    """Parts of Patroni's settings: of etcd, a client and the server of PostgreSQL, and its hba."""

    etcd: Mapping[str, str] = {}
    client: Mapping[str, str] = {}
    server: Mapping[str, str] = {}
    host: str = "host"


CLEAR = PatroniTls()


def tls_folder(host: Host) -> Path:
    """Return the folder of a host with `ca.crt`, `server.crt` and `server.key`."""
    return host.disk.path / "state" / "tls"


def etcd_settings(host: Host) -> Mapping[str, str]:
    """Return etcd's settings, without `ETCD_`; nobody without a certificate reads or writes."""
    authority, certificate, key = _files(host)
    told = {
        "TRUSTED_CA_FILE": authority,
        "CERT_FILE": certificate,
        "KEY_FILE": key,
        "CLIENT_CERT_AUTH": "true",
    }
    return {f"{prefix}{name}": value for prefix in ("", "PEER_") for name, value in told.items()}


def etcdctl_settings(host: Host) -> tuple[str, ...]:
    """Return etcdctl's variables on a host; where etcd speaks no TLS, it needs none."""
    authority, certificate, key = _files(host)
    if not tls_folder(host).is_dir():
        return ()
    return (f"ETCDCTL_CACERT={authority}", f"ETCDCTL_CERT={certificate}", f"ETCDCTL_KEY={key}")


def patroni_settings(host: Host) -> PatroniTls:
    """Return what Patroni's settings have besides."""
    authority, certificate, key = _files(host)
    return PatroniTls(
        {"protocol": "https", "cacert": authority, "cert": certificate, "key": key},
        {"sslmode": "verify-ca", "sslrootcert": authority},
        {
            "ssl": "on",
            "ssl_ca_file": authority,
            "ssl_cert_file": certificate,
            "ssl_key_file": key,
        },
        "hostssl",
    )


def _files(host: Host) -> tuple[str, str, str]:
    folder = tls_folder(host)
    return tuple(str(folder / name) for name in ("ca.crt", "server.crt", "server.key"))  # type: ignore[return-value]

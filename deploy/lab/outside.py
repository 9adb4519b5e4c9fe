"""HAProxies outside: before the web servers, and where wanted before the carrier and the node."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploy.lab.authority import Certificates, make_certificates
from deploy.lab.resolver import CARRIER_NAME, NODE_NAME, Resolver
from deploy.lab.shell import await_end, begin, end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from deploy.lab.hosts import Host
    from deploy.lab.network import Network
    from deploy.lab.parts import Parts

FRONT, WEB, NODE = 8080, 8081, 8545
WEB_HOSTS = 2
_CARRIER_GATE, _NODE_GATE = 8082, 8083


class Proxy:
    """A HAProxy on this machine, with settings that can be read anew."""

    def __init__(self, settings: Path, log: Path) -> None:
        self._settings, self._log = settings, log
        self._process: subprocess.Popen[bytes] | None = None

    def reload(self) -> None:
        """Start, or read settings and certificates anew; connections that are idle are ended.

        So whoever kept one must look up the name, and verify the certificate, once more.
        """
        before = self._process
        instead = ("-sf", str(before.pid)) if before else ()
        self._process = begin(self._log, "haproxy", "-db", "-f", str(self._settings), *instead)
        if before:
            await_end(before)

    def end(self) -> None:
        """End it."""
        if self._process:
            end(self._process)


@dataclass(frozen=True)
class Outside:
    """Parts outside of the hosts, which they and people meet.

    Attributes:
        front: before the web servers.
        gate: before carrier and node; None: they are reached without one.
        resolver: None: nothing has a name.
        certificates: None: all speak in clear.
        environ: settings of the hosts' programs, by which they reach carrier and node.
    """

    front: Proxy
    gate: Proxy | None
    resolver: Resolver | None
    certificates: Certificates | None
    environ: Mapping[str, str]


def open_outside(
    network: Network, carrier: str, parts: Parts, hosts: Sequence[Host], stack: ExitStack
) -> Outside:
    """Open what the parts want; the front starts when the web servers have.

    Args:
        network: of the lab.
        carrier: address of the carrier itself.
        parts: that the drills need.
        hosts: all of them.
        stack: ends it.
    """
    folder = network.folder
    certificates = make_certificates(network, hosts) if parts.certificates else None
    resolver = None
    if parts.names:
        resolver = Resolver(network, folder / "logs" / "resolver")
        stack.callback(resolver.end)
    gate, environ = None, dict[str, str]()
    if resolver or certificates:
        settings = _gate(network, urlsplit(carrier).netloc, certificates)
        gate = _proxy("gate", settings, folder, stack)
        gate.reload()
        environ = _reached(network, certificates, named=resolver is not None)
    front = _proxy("front", _front(network, hosts[:WEB_HOSTS], certificates), folder, stack)
    return Outside(front, gate, resolver, certificates, environ)


def public_url(network: Network, parts: Parts) -> str:
    """Return the address of the web servers, for carriers and people."""
    scheme = "https" if parts.certificates else "http"
    return f"{scheme}://{network.outside}:{FRONT}"


def _proxy(name: str, settings: str, folder: Path, stack: ExitStack) -> Proxy:
    file = folder / f"{name}.cfg"
    file.write_text(settings, encoding="ascii")
    proxy = Proxy(file, folder / "logs" / name)
    stack.callback(proxy.end)
    return proxy


def _reached(network: Network, certificates: Certificates | None, *, named: bool) -> dict[str, str]:
    scheme = "https" if certificates else "http"
    carrier, node = (CARRIER_NAME, NODE_NAME) if named else (network.outside, network.outside)
    environ = {
        "BILUM_TWILIO_URL": f"{scheme}://{carrier}:{_CARRIER_GATE}",
        "BILUM_CHAIN_URL": f"{scheme}://{node}:{_NODE_GATE}",
    }
    if certificates:
        # urllib3 finds its authorities by the first, requests by the second.
        trusted = str(certificates.public_authority)
        environ |= {"SSL_CERT_FILE": trusted, "REQUESTS_CA_BUNDLE": trusted}
    return environ


def _gate(network: Network, carrier: str, certificates: Certificates | None) -> str:
    return _HAPROXY + "".join(
        f"listen {name}\n  bind {network.outside}:{port}{_crt(certificates, name)}\n"
        f"  option http-server-close\n  server {name} {server}\n"
        for name, port, server in (
            ("carrier", _CARRIER_GATE, carrier),
            ("node", _NODE_GATE, f"{network.outside}:{NODE}"),
        )
    )


def _front(network: Network, hosts: Sequence[Host], certificates: Certificates | None) -> str:
    servers = "\n".join(f"  server {one.name} {one.address}:{WEB} check" for one in hosts)
    bound = f"{network.outside}:{FRONT}{_crt(certificates, 'front')}"
    return _HAPROXY + _FRONT.format(bound=bound, servers=servers)


def _crt(certificates: Certificates | None, name: str) -> str:
    return f" ssl crt {certificates.pem(name)}" if certificates else ""


_HAPROXY = """global
  maxconn 400
  hard-stop-after 10s
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout check 2s
"""
# A request whose answer did not come is not given to the other server: whoever sent it repeats it.
_FRONT = """frontend all
  bind {bound}
  option forwardfor
  default_backend web
backend web
  option httpchk GET /ready
  default-server inter 1s fall 2 rise 1
{servers}
"""

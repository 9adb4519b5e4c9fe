"""PostgreSQL on each host: Patroni with etcd, strictly synchronous, behind a HAProxy of its own."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import urllib3
import yaml

from deploy.lab.hosts import Program
from deploy.lab.tls import CLEAR, etcd_settings, etcdctl_settings, patroni_settings
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from deploy.lab.hosts import Host

PORT, PROXY, PATRONI = 5432, 5000, 8008
CLIENTS, PEERS, _HEALTH = 2379, 2380, 2381
"""Ports of etcd."""
USER, NAME = "bilum", "bilum"
_BIN = "/usr/lib/postgresql/17/bin"
_RENEW = ROOT / "deploy" / "etcd" / "renew-member"
_GUARD = ROOT / "deploy" / "patroni" / "bilum-standby-guard"
_STUCK_SECONDS = 60
_MEMORY = {"shared_buffers": "64MB", "max_connections": 100, "wal_keep_size": "64MB"}


def cluster_settings(**parameters: object) -> dict[str, object]:
    """Return what Patroni holds for the whole cluster, with more parameters of PostgreSQL."""
    return {
        "ttl": 20,
        "loop_wait": 2,
        "retry_timeout": 3,
        "primary_start_timeout": 0,
        "primary_stop_timeout": 60,
        "synchronous_mode": True,
        "synchronous_mode_strict": True,
        "postgresql": {
            "use_pg_rewind": True,
            "remove_data_directory_on_rewind_failure": True,
            "parameters": {
                "synchronous_commit": "remote_apply",
                "wal_log_hints": "on",
                **parameters,
            },
        },
    }


class Cluster:
    """Three databases of which one writes, and none acknowledges alone."""

    def __init__(
        self,
        hosts: Sequence[Host],
        password: str,
        *,
        durable: bool = True,
        authority: Path | None = None,
    ) -> None:
        self._hosts, self._password, self._authority = hosts, password, authority
        self._fsync = "on" if durable else "off"
        self._pool = urllib3.PoolManager(timeout=1, retries=False)
        for host in hosts:
            state = host.disk.path / "state"
            _patroni_settings(host).write_text(yaml.safe_dump(self._patroni(host)), "ascii")
            (state / "haproxy.cfg").write_text(self._haproxy(), "ascii")
            host.programs += [self._etcd(host), *_database(host), _guard(host)]

    def url(self, address: str = f"127.0.0.1:{PROXY}") -> str:
        """Address of the database for a program on one of the hosts."""
        verified = f"?sslmode=verify-full&sslrootcert={self._authority}" if self._authority else ""
        return f"postgresql+psycopg://{USER}:{self._password}@{address}/{NAME}{verified}"

    def role(self, host: Host) -> str:
        """Return what a host's Patroni says that its database is: primary, replica, or nothing."""
        try:
            told = self._pool.request("GET", f"http://{host.address}:{PATRONI}/patroni").json()
        except (urllib3.exceptions.HTTPError, json.JSONDecodeError):
            return ""
        role = "primary" if told.get("role") in ("primary", "master") else told.get("role", "")
        return role if told.get("state") in ("running", "streaming") else ""

    def primary(self) -> Host | None:
        """Return the host whose database writes, as those who are reached tell."""
        return next((host for host in self._hosts if self.role(host) == "primary"), None)

    def standing(self) -> bool:
        """Tell whether one writes, every other one follows, and the next fault stops nobody."""
        first = self.primary()
        if first is None:
            return False
        try:
            told = self._pool.request("GET", f"http://{first.address}:{PATRONI}/cluster").json()
        except (urllib3.exceptions.HTTPError, json.JSONDecodeError):
            return False
        if not all(map(self.has_etcd, self._hosts)):
            return False
        states = sorted(member["state"] for member in told["members"])
        roles = {member["role"] for member in told["members"]}
        following = ["streaming"] * (len(self._hosts) - 1)
        return states == ["running", *following] and "sync_standby" in roles

    @property
    def _http(self) -> str:
        return "https" if self._authority else "http"

    def has_etcd(self, host: Host) -> bool:
        """Tell whether a host's member of etcd is healthy."""
        try:
            told = self._pool.request("GET", f"http://{host.address}:{_HEALTH}/health").json()
        except (urllib3.exceptions.HTTPError, json.JSONDecodeError):
            return False
        return bool(told["health"] == "true")

    def hand_over(self, host: Host) -> bool:
        """Tell whether a host's database does not lead; ask that another one does, if it may."""
        if self.primary() is not host:
            return self.primary() is not None
        cluster = f"http://{host.address}:{PATRONI}/cluster"
        # Whatever keeps it from being done now is tried again by whoever waits for it.
        with suppress(
            urllib3.exceptions.HTTPError, json.JSONDecodeError, StopIteration, RuntimeError
        ):
            members = self._pool.request("GET", cluster).json()["members"]
            chosen = next(one["name"] for one in members if one["role"] == "sync_standby")
            # As docs/three-machines.md says: on a machine whose disk is whole.
            other = next(one for one in self._hosts if one.name == chosen)
            change = ("switchover", "--leader", host.name, "--candidate", chosen, "--force", NAME)
            other.ask("patronictl", "-c", str(_patroni_settings(other)), *change, seconds=60)
        return False

    def copy_anew(self, host: Host) -> None:
        """Have a standby copied anew, as `patronictl reinit` does; it has begun on return.

        Raises:
            RuntimeError: Patroni does not do it now.
        """
        url = f"http://{host.address}:{PATRONI}/reinitialize"
        told = self._pool.request("POST", url, json={"force": True}, timeout=30)
        if told.status != HTTPStatus.OK:
            raise RuntimeError(f"no copy of a database: {told.data.decode(errors='replace')}")

    def replace_disk(self, host: Host) -> None:
        """Give a host that has no power another disk, and start it, as its operator does."""
        host.replace_disk()
        _etcd_stopped(host).touch()
        host.power_on()
        clients = (f"{self._http}://{one.address}:{CLIENTS}" for one in self._hosts)
        told = (f"ETCDCTL_ENDPOINTS={','.join(clients)}", *etcdctl_settings(host))
        start = ("rm", str(_etcd_stopped(host)))
        host.ask("env", *told, str(_RENEW), str(_etcd_settings(host)), *start, seconds=180)

    def create(self, first: Host) -> None:
        """Make the role and the database of the program, at the primary."""
        for statement in (
            f"CREATE ROLE {USER} LOGIN PASSWORD '{self._password}'",
            f"CREATE DATABASE {NAME} OWNER {USER}",
        ):
            first.ask(f"{_BIN}/psql", "-h", "/run/postgresql", "-qc", statement, user="postgres")

    def _etcd(self, host: Host) -> Program:
        at, folder = host.address, host.disk.path / "state" / "etcd"
        http = self._http
        members = ",".join(f"{one.name}={http}://{one.address}:{PEERS}" for one in self._hosts)
        settings = {
            "NAME": host.name,
            "DATA_DIR": str(folder),
            "LISTEN_CLIENT_URLS": f"{http}://{at}:{CLIENTS},{http}://127.0.0.1:{CLIENTS}",
            "ADVERTISE_CLIENT_URLS": f"{http}://{at}:{CLIENTS}",
            "LISTEN_PEER_URLS": f"{http}://{at}:{PEERS}",
            "INITIAL_ADVERTISE_PEER_URLS": f"{http}://{at}:{PEERS}",
            "LISTEN_METRICS_URLS": f"http://{at}:{_HEALTH}",
            "INITIAL_CLUSTER": members,
            "INITIAL_CLUSTER_STATE": "new",
            "LOG_LEVEL": "error",
            "HEARTBEAT_INTERVAL": "300",
            "ELECTION_TIMEOUT": "3000",
            **(etcd_settings(host) if self._authority else {}),
        }
        file = _etcd_settings(host)
        file.write_text(
            "".join(f"ETCD_{name}={told}\n" for name, told in settings.items()), "ascii"
        )
        # It reads them anew at each start, as a unit of systemd does, and can be stopped as one.
        stopped = f"while [ -e {_etcd_stopped(host)} ]; do sleep 0.2; done"
        return Program("etcd", ("sh", "-c", f"{stopped}; set -a; . {file}; exec etcd"))

    def _patroni(self, host: Host) -> dict[str, object]:
        disk = host.disk.path
        tls = patroni_settings(host) if self._authority else CLEAR
        own = {"username": "postgres", "password": self._password, **tls.client}
        copies = {"username": "copies", "password": self._password, **tls.client}
        return {
            "scope": NAME,
            "name": host.name,
            "restapi": {
                "listen": f"{host.address}:{PATRONI}",
                "connect_address": f"{host.address}:{PATRONI}",
            },
            "etcd3": {"hosts": [f"{one.address}:{CLIENTS}" for one in self._hosts], **tls.etcd},
            "bootstrap": {
                "dcs": cluster_settings(fsync=self._fsync, **_MEMORY),
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{host.address},127.0.0.1:{PORT}",
                "connect_address": f"{host.address}:{PORT}",
                "data_dir": str(disk / "state" / "postgres"),
                "bin_dir": _BIN,
                "pgpass": str(disk / "state" / "pgpass"),
                "basebackup": {"checkpoint": "fast"},
                "authentication": {"superuser": own, "replication": copies, "rewind": own},
                "pg_hba": [
                    "local all all peer",
                    f"{tls.host} replication copies samenet scram-sha-256",
                    f"{tls.host} all all samenet scram-sha-256",
                    f"{tls.host} all all 127.0.0.1/32 scram-sha-256",
                ],
                "parameters": {"unix_socket_directories": "/run/postgresql", **tls.server},
            },
        }

    def _haproxy(self) -> str:
        servers = "\n".join(
            f"  server {one.name} {one.address}:{PORT} check port {PATRONI}" for one in self._hosts
        )
        return _HAPROXY.format(proxy=PROXY, servers=servers)


def _etcd_stopped(host: Host) -> Path:
    return host.disk.path / "state" / "etcd.stopped"


def _patroni_settings(host: Host) -> Path:
    return host.disk.path / "state" / "patroni.yml"


def _etcd_settings(host: Host) -> Path:
    return host.disk.path / "state" / "etcd.settings"


def _database(host: Host) -> tuple[Program, Program]:
    proxied = host.disk.path / "state" / "haproxy.cfg"
    return (
        Program("patroni", ("patroni", str(_patroni_settings(host))), "postgres"),
        Program("haproxy", ("haproxy", "-db", "-f", str(proxied))),
    )


def _guard(host: Host) -> Program:
    data = host.disk.path / "state" / "postgres"
    # As in deploy/patroni/bilum-standby-guard.service; the pattern does not find itself.
    end = (
        f'pkill -KILL -f "[/]bin/patroni {_patroni_settings(host)}"; '
        f"p=$(head -1 {data}/postmaster.pid); "
        "kill -QUIT $p; sleep 10; kill -KILL $p"
    )
    told = ("--patroni", f"http://{host.address}:{PATRONI}", "--data", str(data))
    look = (*told, "--after", f"{_STUCK_SECONDS}")
    return Program("guard", (sys.executable, str(_GUARD), *look, "--", "sh", "-c", end))


_HAPROXY = """global
  maxconn 400
defaults
  mode tcp
  timeout connect 3s
  timeout client 10m
  timeout server 10m
  timeout check 2s
listen primary
  bind 127.0.0.1:{proxy}
  option httpchk OPTIONS /primary
  http-check expect status 200
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""

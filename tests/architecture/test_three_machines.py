"""The files and commands of docs/three-machines.md: read by the programs that will read them."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from copy import deepcopy

import pytest
import yaml
from cryptography import x509

from deploy.lab.database import cluster_settings
from services.core.settings import Settings
from tests.support.environment import program
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "three-machines.md").read_text(encoding="utf-8")
STEPS = PAGE[PAGE.index("## On real machines") :]
COMMANDS = [
    line.strip()
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", STEPS, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
ETCD = DEPLOY / "etcd" / "etcd.example"
CERTIFICATES = DEPLOY / "etcd" / "make-certificates"
RENEW = DEPLOY / "etcd" / "renew-member"
PATRONI = DEPLOY / "patroni" / "config.example.yml"
DATA_FOLDER = "/var/lib/postgresql/17/main"
LOCALHOST = "127.0.0.1"


@pytest.fixture(scope="module")
def patroni():
    return yaml.safe_load(PATRONI.read_text(encoding="utf-8"))


@pytest.fixture
def certificates(tmp_path):
    """Make those of three machines whose addresses no other test has."""
    net = f"127.{1 + secrets.randbelow(254)}.{1 + secrets.randbelow(254)}"
    addresses = {"a": f"{net}.11", "b": f"{net}.12", "c": f"{net}.13"}
    named = [f"{name}={address}" for name, address in addresses.items()]
    for told in (named[:2], named):
        subprocess.run([CERTIFICATES, tmp_path / "made", *told], check=True)
    return tmp_path / "made", addresses


def verify(made, name, purpose, address):
    options = ("-CAfile", made / "ca.crt", "-purpose", purpose, "-verify_ip", address)
    command = [program("openssl"), "verify", *options, made / f"{name}.crt"]
    subprocess.run(command, check=True, capture_output=True)


def read_etcd():
    lines = ETCD.read_text(encoding="ascii").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_page__every_file_that_it_installs_or_links_to__is_there():
    linked = re.findall(r"\]\(\.\./(deploy/[^)#]+)\)", PAGE)
    installed = [word for line in COMMANDS for word in line.split() if word.startswith("deploy/")]
    assert len(linked) > 5
    assert len(installed) > 8
    for path in (*linked, *installed):
        assert list(ROOT.glob(path)), path
    shipped = {
        path for name in ("etcd", "haproxy", "patroni") for path in (DEPLOY / name).iterdir()
    }
    for path in shipped:
        assert str(path.relative_to(ROOT)) in PAGE, path


def test_page__its_commands__are_read_by_a_shell():
    assert len(COMMANDS) > 40
    subprocess.run(["/bin/sh", "-n"], input="\n".join(COMMANDS), text=True, check=True)


def test_page__settings_of_bilum__are_read(tmp_path):
    environ = dict(line.split("=", 1) for line in COMMANDS if line.startswith("BILUM_"))
    environ = {name: value.strip("'") for name, value in environ.items()}
    signing = {name: environ.pop(name) for name in sorted(environ) if "SIGNER" in name}
    assert list(signing) == ["BILUM_SIGNER_KEYSTORE", "BILUM_SIGNER_PASSWORD_FILE"]
    assert all(path.startswith("/var/lib/bilum/signer/") for path in signing.values())
    key = tmp_path / "data.key"
    key.write_text("0" * 64)
    environ |= {"BILUM_DATA_KEY_FILE": str(key), "BILUM_METRICS_TOKEN": "1" * 64}
    environ |= {"BILUM_LEDGER_ADDRESS": f"0x{'1' * 40}"}
    for channel in ("KANNEL_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "KANNEL_USER"):
        environ[f"BILUM_{channel}"] = "http://127.0.0.1:13013"
    environ |= {f"BILUM_KANNEL_{name}": "x" * 20 for name in ("PASSWORD", "SECRET")}
    environ |= {"BILUM_KANNEL_FROM": "+67570000000", "BILUM_TWILIO_FROM": "+67570000000"}
    told = Settings.from_env(environ, signs=False)
    assert (told.host, str(told.proxy)) == ("192.0.2.11", "192.0.2.10")


def test_patroni_example__settings_of_the_promise__are_those_that_were_drilled(patroni):
    dcs = deepcopy(patroni["bootstrap"]["dcs"])
    parameters = dcs["postgresql"].pop("parameters")
    drilled = cluster_settings()
    assert drilled["postgresql"].pop("parameters").items() <= parameters.items()
    assert drilled == dcs
    assert patroni["postgresql"]["basebackup"] == {"checkpoint": "fast"}
    assert parameters["synchronous_commit"] == "remote_apply"
    assert parameters["wal_log_hints"] == "on"
    assert dcs == {
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
        },
    }


def test_patroni_example__folder_and_port__are_those_of_guard_backup_and_restore(patroni):
    guard = (DEPLOY / "patroni" / "bilum-standby-guard.service").read_text(encoding="utf-8")
    backup = (DEPLOY / "pgbackrest" / "pgbackrest.conf").read_text(encoding="utf-8")
    assert patroni["postgresql"]["data_dir"] == DATA_FOLDER
    assert f"BILUM_PGDATA={DATA_FOLDER}\n" in guard
    assert f"pg1-path={DATA_FOLDER}\n" in backup
    assert f"mv /var/lib/postgresql/17/restored {DATA_FOLDER}" in COMMANDS
    port = patroni["restapi"]["listen"].removeprefix("0.0.0.0:")
    assert f"BILUM_PATRONI=http://{LOCALHOST}:{port} " in guard
    # The guard has a standby copied anew from there.
    assert LOCALHOST in patroni["restapi"]["allowlist"]
    assert f"etcdctl del --prefix /service/{patroni['scope']}/" in COMMANDS


def test_examples__addresses_and_certificates__agree(patroni):
    etcd = read_etcd()
    members = dict(one.split("=") for one in etcd["ETCD_INITIAL_CLUSTER"].split(","))
    assert [f"https://{host}" for host in patroni["etcd3"]["hosts"]] == [
        url.replace("2380", "2379") for url in members.values()
    ]
    assert members[etcd["ETCD_NAME"]] == etcd["ETCD_INITIAL_ADVERTISE_PEER_URLS"]
    assert patroni["name"] == etcd["ETCD_NAME"]
    proxy = (DEPLOY / "haproxy" / "database.cfg").read_text(encoding="ascii")
    for name, url in members.items():
        address = url.removeprefix("https://").removesuffix(":2380")
        assert f"  server {name} {address}:5432 check port 8008\n" in proxy
    assert etcd["ETCD_CLIENT_CERT_AUTH"] == etcd["ETCD_PEER_CLIENT_CERT_AUTH"] == "true"


def test_programs__that_end_with_an_error__are_started_again():
    units = [DEPLOY / f"{name}.service" for name in ("bilum", "bilum-web", "bilum-worker")]
    units += [DEPLOY / "etcd" / "restart.conf", DEPLOY / "patroni" / "bilum-standby-guard.service"]
    for unit in units:
        assert "\nRestart=always\n" in unit.read_text(encoding="utf-8"), unit
    assert any("etcd.service.d/restart.conf" in line for line in COMMANDS)


def test_haproxy_of_the_database__a_long_silent_upgrade__is_not_cut():
    proxy = (DEPLOY / "haproxy" / "database.cfg").read_text(encoding="ascii")
    assert re.findall(r"timeout (?:client|server) (\S+)", proxy) == ["24h", "24h"]


@pytest.mark.program("haproxy")
@pytest.mark.program("openssl")
@pytest.mark.parametrize("name", ["database.cfg", "front.cfg"])
def test_haproxy_example__by_haproxy__is_accepted(tmp_path, certificates, name):
    made, _ = certificates
    pem = tmp_path / "bilum.pem"
    pem.write_bytes((made / "a.crt").read_bytes() + (made / "a.key").read_bytes())
    text = (DEPLOY / "haproxy" / name).read_text(encoding="ascii")
    text = text.replace("/etc/haproxy/bilum.pem", str(pem))
    (tmp_path / name).write_text(re.sub(r"^ +(user|group) .*\n", "", text, flags=re.MULTILINE))
    run = subprocess.run(
        [program("haproxy"), "-c", "-f", tmp_path / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.program("openssl")
def test_make_certificates__once_more_with_a_machine_more__keeps_what_is_there(certificates):
    made, addresses = certificates
    assert {path.name for path in made.iterdir()} == {
        "ca.crt",
        "ca.key",
        "ca.srl",
        *(f"{name}.{kind}" for name in addresses for kind in ("crt", "key")),
    }
    for name, address in addresses.items():
        for purpose in ("sslserver", "sslclient"):
            verify(made, name, purpose, address)
        assert (made / f"{name}.key").stat().st_mode & 0o077 == 0


@pytest.mark.program("openssl")
def test_make_certificates__renewed__are_new_ones_of_the_same_keys_and_authority(certificates):
    made, addresses = certificates
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    named = [f"{name}={address}" for name, address in addresses.items()]
    subprocess.run([CERTIFICATES, "--renew", made, *named[:2]], check=True)
    changed = {path.name for path in made.iterdir() if before.get(path.name) != path.read_bytes()}
    assert changed == {"a.crt", "b.crt", "ca.srl"}
    for name in ("a", "b"):
        verify(made, name, "sslserver", addresses[name])
        old, new = (
            x509.load_pem_x509_certificate(one)
            for one in (before[f"{name}.crt"], (made / f"{name}.crt").read_bytes())
        )
        assert new.public_key() == old.public_key()


@pytest.mark.program("openssl")
def test_make_certificates__renewed_without_the_authority__says_so_and_makes_none(tmp_path):
    run = subprocess.run(
        [CERTIFICATES, "--renew", tmp_path / "none", "a=127.0.0.1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "ca.key" in run.stderr
    assert not (tmp_path / "none").exists()


def needs_etcd(test):
    for name in ("openssl", "etcd", "etcdctl"):
        test = pytest.mark.program(name)(test)
    return test


class Members:
    """Three members of etcd by the example of its settings, each of which can be stopped."""

    def __init__(self, folder, made, addresses):
        self.folder, self.running = folder, {}
        cluster = ",".join(f"{name}=https://{address}:2380" for name, address in addresses.items())
        for name, address in addresses.items():
            own = {
                "ETCD_NAME": name,
                "ETCD_DATA_DIR": str(folder / name),
                "ETCD_INITIAL_CLUSTER": cluster,
            }
            lines = []
            for key, value in (read_etcd() | own).items():
                told = value.replace("192.0.2.11", address).replace("/etc/etcd/ca", f"{made}/ca")
                told = told.replace("/etc/etcd/server", f"{made}/{name}")
                lines.append(f"{key}={told.replace(f',https://{LOCALHOST}:2379', '')}")
            self.settings(name).write_text("\n".join(lines), "ascii")
        self.stranger = {
            "PATH": os.defpath,
            "ETCDCTL_ENDPOINTS": ",".join(f"https://{one}:2379" for one in addresses.values()),
            "ETCDCTL_CACERT": str(made / "ca.crt"),
        }
        shown = {"ETCDCTL_CERT": str(made / "a.crt"), "ETCDCTL_KEY": str(made / "a.key")}
        self.operator = self.stranger | shown

    def settings(self, name):
        return self.folder / f"{name}.settings"

    def start(self, name):
        told = self.settings(name).read_text("ascii").splitlines()
        environ = {"PATH": os.defpath} | dict(line.split("=", 1) for line in told)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [program("etcd")], env=environ, stdout=log, stderr=log
            )

    def stop(self, name):
        if name in self.running:
            self.running[name].kill()
            self.running.pop(name).wait()
        elif self.process(name).exists():
            os.kill(int(self.process(name).read_text()), signal.SIGKILL)
            self.process(name).unlink()

    def process(self, name):
        return self.folder / f"{name}.process"

    def starting(self, name):
        """The command that starts a member, as an operator's `systemctl start etcd`."""
        log = self.folder / f"{name}.log"
        etcd = f"set -a; . {self.settings(name)}; exec etcd >>{log} 2>&1"
        return ("sh", "-c", f"({etcd}) & echo $! >{self.process(name)}")

    def healthy(self, wanted=3):
        return healthy(self.operator, time.monotonic() + 30, wanted)

    def renew(self, name, *start):
        return subprocess.run(
            [RENEW, self.settings(name), *start],
            env=self.operator,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def members(tmp_path, certificates):
    made = Members(tmp_path, *certificates)
    for name in "abc":
        made.start(name)
    yield made
    for name in "abc":
        made.stop(name)


@needs_etcd
def test_etcd_example__three_members_with_their_certificates__are_one_cluster(members):
    assert members.healthy() == 3
    assert healthy(members.stranger, until=0) == 0, "nobody without a certificate"


def break_database(data):
    database = data / "member" / "snap" / "db"
    database.write_bytes(bytes(database.stat().st_size))


@needs_etcd
def test_member__whose_data_is_damaged_and_then_gone__is_made_anew(members):
    assert members.healthy() == 3
    for lose in (break_database, shutil.rmtree):
        members.stop("a")
        lose(members.folder / "a")
        members.start("a")
        # Nobody takes it for who it was.
        members.running.pop("a").wait(30)
        # Whoever is interrupted gives it again.
        assert members.renew("a", "false").returncode == 1
        renewed = members.renew("a", *members.starting("a"))
        assert renewed.returncode == 0, renewed.stderr
        assert members.healthy() == 3
    assert (members.folder / "a.damaged").is_dir()
    # Healthy, it stays as it is.
    before = etcdctl(members, "member", "list")
    assert members.renew("a", "false").returncode == 0
    assert etcdctl(members, "member", "list") == before


@needs_etcd
def test_member__that_only_one_other_would_follow__keeps_its_data(members):
    assert members.healthy() == 3
    members.stop("a")
    members.stop("b")
    assert members.renew("a", "false").returncode != 0
    members.start("a")
    assert members.healthy(2) == 2


def etcdctl(members, *words):
    return subprocess.run(
        [program("etcdctl"), *words],
        env=members.operator,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def healthy(environ, until, wanted=3):
    """Count the members that `etcdctl` finds well, once they are all or the time is over."""
    while True:
        run = subprocess.run(
            [program("etcdctl"), "--command-timeout=2s", "endpoint", "health"],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        count = (run.stdout + run.stderr).count(" is healthy")
        if count == wanted or time.monotonic() > until:
            return count
        time.sleep(0.5)

"""A restore where the old embedded chain is still there, and where it is not."""

from __future__ import annotations

import pytest

from chain.connection import connect
from services.audit.checkpoints import bare_checkpoint
from services.audit.comparison import Auditor
from services.audit.findings import Difference
from services.core.errors import NotEmpty
from services.core.settings import Settings
from services.maintenance import backup
from services.maintenance.backup import BackupOptions, BackupSource
from services.maintenance.restored_chain import chain_end
from services.storage.sending_right import give_right
from tests.flow.deployments import embedded

pytestmark = pytest.mark.slow

MARIA = "+67570000001"
FIRST, SECOND = "REG 598000000000017", "REG 598000000000025"


def _back_up(stage, target):
    source = BackupSource(stage.runtime.settings, stage.runtime.database, stage.runtime.clock())
    backup.back_up(source, target, BackupOptions(None, keys=True))


def _lose_database(folder):
    for file in folder.glob("bilum.db*"):
        file.unlink()


def _settings(folder):
    return Settings.from_env({"BILUM_DATA_DIR": str(folder)})


@pytest.fixture
def gone_on(tmp_path):
    """A folder, its backup, and the checkpoint that an auditor kept a record later."""
    folder, target = tmp_path / "data", tmp_path / "b.tar.gz"
    with embedded(folder) as stage:
        stage.send(MARIA, FIRST)
        stage.record()
        _back_up(stage, target)
        stage.send(MARIA, SECOND)
        stage.record()
        return folder, target, stage.audit().checkpoint


def test_restore__the_old_chain_goes_on_from_the_backup_s__is_kept_and_rewrites_nothing(gone_on):
    folder, target, kept = gone_on
    _lose_database(folder)
    assert "chain.db" not in backup.restore(_settings(folder), target)
    with embedded(folder) as stage:
        with stage.runtime.database.write() as session:
            give_right(session, None, stage.runtime.clock())
        stage.send(MARIA, "REG 598000000000033")
        stage.record()
        found = {one.difference for one in stage.audit().findings}
        with connect(stage.runtime.settings.chain, write=False) as chain:
            auditor = Auditor(stage.runtime.database, chain.ledger, chain.logs)
            since = auditor.audit_since(bare_checkpoint(kept))
    assert found == {Difference.CONTENT_LOST}
    assert since.clean


def test_restore__killed_after_the_old_chain_was_kept__keeps_it_again(gone_on, monkeypatch):
    folder, target, _ = gone_on
    _lose_database(folder)
    end = chain_end(_settings(folder).chain)
    with monkeypatch.context() as patched:
        patched.setattr(backup, "end_restore", lambda _folder: None)
        backup.restore(_settings(folder), target)
    backup.restore(_settings(folder), target)
    assert chain_end(_settings(folder).chain) == end


@pytest.mark.parametrize("older", [True, False])
def test_restore__the_chain_there_is_older_or_another__is_refused(gone_on, tmp_path, older):
    folder, target, _ = gone_on
    if older:
        with embedded(folder) as stage:
            _back_up(stage, newer := tmp_path / "newer.tar.gz")
        backup.restore(_settings(tmp_path / "there"), target)
        target, folder = newer, tmp_path / "there"
    else:
        with embedded(tmp_path / "there") as stage:
            stage.send(MARIA, FIRST)
            stage.record()
        folder = tmp_path / "there"
    _lose_database(folder)
    with pytest.raises(NotEmpty, match=r"chain\.db"):
        backup.restore(_settings(folder), target)

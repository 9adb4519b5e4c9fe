-- Content of an event may go, nothing else may change, and an erasure names each leaf of it.
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
WHEN NOT (
    NEW.id = OLD.id AND NEW.event_id = OLD.event_id AND NEW.type = OLD.type
    AND NEW.occurred_on = OLD.occurred_on AND NEW.recorded_at = OLD.recorded_at
    AND NEW.content IS NULL AND OLD.content IS NOT NULL AND OLD.type <> 'erasure'
    AND EXISTS (SELECT 1 FROM ledger_leaf WHERE ledger_leaf.journal_id = OLD.id)
    AND NOT EXISTS (
        SELECT 1 FROM ledger_leaf WHERE ledger_leaf.journal_id = OLD.id AND NOT EXISTS (
            SELECT 1 FROM erasure JOIN journal AS act ON act.id = erasure.erased_by_id
            WHERE erasure.leaf_index = ledger_leaf.leaf_index AND erasure.journal_id = OLD.id
            AND act.type = 'erasure'
        )
    )
)
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

CREATE TRIGGER ledger_node_no_update BEFORE UPDATE ON ledger_node
BEGIN SELECT RAISE(ABORT, 'ledger_node is append-only'); END;

-- A node may go only while no batch reaches over all of its leaves.
CREATE TRIGGER ledger_node_no_delete BEFORE DELETE ON ledger_node
WHEN EXISTS (SELECT 1 FROM ledger_batch
    WHERE size >= ((OLD.node_index + 1) << CAST(OLD.level AS INTEGER)))
BEGIN SELECT RAISE(ABORT, 'ledger_node is append-only'); END;

CREATE TRIGGER programme_version_no_update BEFORE UPDATE ON programme_version
BEGIN SELECT RAISE(ABORT, 'programme_version is append-only'); END;

CREATE TRIGGER programme_version_no_delete BEFORE DELETE ON programme_version
BEGIN SELECT RAISE(ABORT, 'programme_version is append-only'); END;

CREATE TRIGGER erasure_no_update BEFORE UPDATE ON erasure
BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END;

CREATE TRIGGER erasure_no_delete BEFORE DELETE ON erasure
BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END;

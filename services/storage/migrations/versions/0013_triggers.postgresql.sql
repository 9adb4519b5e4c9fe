CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

-- Content of an event may go, nothing else may change, and an erasure names each leaf of it.
CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.id = OLD.id AND NEW.event_id = OLD.event_id AND NEW.type = OLD.type
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
THEN RETURN NEW; END IF;
RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

-- A node may go only while no batch reaches over all of its leaves.
CREATE FUNCTION refuse_covered_node() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF EXISTS (SELECT 1 FROM ledger_batch
    WHERE size >= ((OLD.node_index + 1) << CAST(OLD.level AS INTEGER)))
THEN RAISE EXCEPTION 'ledger_node is append-only'; END IF;
RETURN OLD;
END $$;

CREATE TRIGGER journal_no_change BEFORE DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();

CREATE TRIGGER ledger_node_no_change BEFORE UPDATE OR TRUNCATE ON ledger_node
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_node_no_delete BEFORE DELETE ON ledger_node
FOR EACH ROW EXECUTE FUNCTION refuse_covered_node();

CREATE TRIGGER programme_version_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON programme_version
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER erasure_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

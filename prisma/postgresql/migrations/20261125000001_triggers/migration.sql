-- Totals by state, kept by triggers: a page's counts read a few rows instead of scanning a table. Triggers append what
-- changed; the desk adds it up. Row triggers alone, as engines that speak PostgreSQL's language know them.

CREATE FUNCTION "opportunities_total"() RETURNS trigger AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('opportunity', OLD."status", OLD."type", OLD."currency", -1, -COALESCE(OLD."impact_cents", 0));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('opportunity', NEW."status", NEW."type", NEW."currency", 1, COALESCE(NEW."impact_cents", 0));
  END IF;
  RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER "opportunities_total_insert" AFTER INSERT ON "opportunities"
FOR EACH ROW EXECUTE FUNCTION "opportunities_total"();

CREATE TRIGGER "opportunities_total_delete" AFTER DELETE ON "opportunities"
FOR EACH ROW EXECUTE FUNCTION "opportunities_total"();

CREATE TRIGGER "opportunities_total_update" AFTER UPDATE ON "opportunities"
FOR EACH ROW WHEN (OLD."status" IS DISTINCT FROM NEW."status" OR OLD."type" IS DISTINCT FROM NEW."type" OR OLD."currency" IS DISTINCT FROM NEW."currency" OR OLD."impact_cents" IS DISTINCT FROM NEW."impact_cents")
EXECUTE FUNCTION "opportunities_total"();

CREATE FUNCTION "dispatches_total"() RETURNS trigger AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('dispatch', OLD."state", '', '', -1, 0);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('dispatch', NEW."state", '', '', 1, 0);
  END IF;
  RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER "dispatches_total_insert" AFTER INSERT ON "dispatches"
FOR EACH ROW EXECUTE FUNCTION "dispatches_total"();

CREATE TRIGGER "dispatches_total_delete" AFTER DELETE ON "dispatches"
FOR EACH ROW EXECUTE FUNCTION "dispatches_total"();

CREATE TRIGGER "dispatches_total_update" AFTER UPDATE ON "dispatches"
FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state")
EXECUTE FUNCTION "dispatches_total"();

CREATE FUNCTION "accounts_total"() RETURNS trigger AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('account', OLD."status", '', '', -1, 0);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('account', NEW."status", '', '', 1, 0);
  END IF;
  RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER "accounts_total_insert" AFTER INSERT ON "accounts"
FOR EACH ROW EXECUTE FUNCTION "accounts_total"();

CREATE TRIGGER "accounts_total_delete" AFTER DELETE ON "accounts"
FOR EACH ROW EXECUTE FUNCTION "accounts_total"();

CREATE TRIGGER "accounts_total_update" AFTER UPDATE ON "accounts"
FOR EACH ROW WHEN (OLD."status" IS DISTINCT FROM NEW."status")
EXECUTE FUNCTION "accounts_total"();

CREATE FUNCTION "account_health_total"() RETURNS trigger AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('health', OLD."rag", '', '', -1, 0);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "total_deltas" ("scope", "key", "type", "currency", "count", "cents")
    VALUES ('health', NEW."rag", '', '', 1, 0);
  END IF;
  RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER "account_health_total_insert" AFTER INSERT ON "account_health"
FOR EACH ROW EXECUTE FUNCTION "account_health_total"();

CREATE TRIGGER "account_health_total_delete" AFTER DELETE ON "account_health"
FOR EACH ROW EXECUTE FUNCTION "account_health_total"();

CREATE TRIGGER "account_health_total_update" AFTER UPDATE ON "account_health"
FOR EACH ROW WHEN (OLD."rag" IS DISTINCT FROM NEW."rag")
EXECUTE FUNCTION "account_health_total"();

-- The audit log is appended to. Nothing in it changes but an address that is taken out, and nothing young leaves it.
CREATE FUNCTION "audit_events_append_only"() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER "audit_events_no_update" BEFORE UPDATE ON "audit_events"
FOR EACH ROW WHEN (NOT (NEW."ip" IS NULL AND NEW."id" = OLD."id" AND NEW."at" = OLD."at" AND NEW."actor" = OLD."actor"
  AND NEW."action" = OLD."action" AND NEW."subject_type" IS NOT DISTINCT FROM OLD."subject_type"
  AND NEW."subject_id" IS NOT DISTINCT FROM OLD."subject_id" AND NEW."request_id" IS NOT DISTINCT FROM OLD."request_id"
  AND NEW."detail" = OLD."detail"))
EXECUTE FUNCTION "audit_events_append_only"();

CREATE TRIGGER "audit_events_no_delete" BEFORE DELETE ON "audit_events"
FOR EACH ROW WHEN (OLD."at" > (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') - INTERVAL '30 days')
EXECUTE FUNCTION "audit_events_append_only"();

-- Totals by state, kept by triggers: a page's counts read a few rows instead of scanning a table.

CREATE TRIGGER "opportunities_total_insert" AFTER INSERT ON "opportunities" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('opportunity', NEW."status", NEW."type", NEW."currency", 1, COALESCE(NEW."impact_cents", 0))
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "opportunities_total_delete" AFTER DELETE ON "opportunities" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('opportunity', OLD."status", OLD."type", OLD."currency", -1, -COALESCE(OLD."impact_cents", 0))
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "opportunities_total_update" AFTER UPDATE OF "status", "type", "currency", "impact_cents" ON "opportunities" WHEN OLD."status" IS NOT NEW."status" OR OLD."type" IS NOT NEW."type" OR OLD."currency" IS NOT NEW."currency" OR OLD."impact_cents" IS NOT NEW."impact_cents" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('opportunity', OLD."status", OLD."type", OLD."currency", -1, -COALESCE(OLD."impact_cents", 0))
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('opportunity', NEW."status", NEW."type", NEW."currency", 1, COALESCE(NEW."impact_cents", 0))
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "dispatches_total_insert" AFTER INSERT ON "dispatches" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('dispatch', NEW."state", '', '', 1, 0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "dispatches_total_delete" AFTER DELETE ON "dispatches" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('dispatch', OLD."state", '', '', -1, -0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "dispatches_total_update" AFTER UPDATE OF "state" ON "dispatches" WHEN OLD."state" IS NOT NEW."state" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('dispatch', OLD."state", '', '', -1, -0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('dispatch', NEW."state", '', '', 1, 0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "accounts_total_insert" AFTER INSERT ON "accounts" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('account', NEW."status", '', '', 1, 0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "accounts_total_delete" AFTER DELETE ON "accounts" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('account', OLD."status", '', '', -1, -0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "accounts_total_update" AFTER UPDATE OF "status" ON "accounts" WHEN OLD."status" IS NOT NEW."status" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('account', OLD."status", '', '', -1, -0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('account', NEW."status", '', '', 1, 0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "account_health_total_insert" AFTER INSERT ON "account_health" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('health', NEW."rag", '', '', 1, 0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "account_health_total_delete" AFTER DELETE ON "account_health" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('health', OLD."rag", '', '', -1, -0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

CREATE TRIGGER "account_health_total_update" AFTER UPDATE OF "rag" ON "account_health" WHEN OLD."rag" IS NOT NEW."rag" BEGIN
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('health', OLD."rag", '', '', -1, -0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
  INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
  VALUES ('health', NEW."rag", '', '', 1, 0)
  ON CONFLICT ("scope", "key", "type", "currency")
  DO UPDATE SET "count" = "count" + excluded."count", "cents" = "cents" + excluded."cents";
END;

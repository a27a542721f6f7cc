-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "event_types" TEXT NOT NULL,
    "secrets" TEXT NOT NULL,
    "disabled_at" DATETIME,
    "disabled_reason" TEXT,
    "consecutive_failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" DATETIME,
    "resumes_at" DATETIME,
    "last_success_at" DATETIME,
    "last_failure_at" DATETIME,
    "last_error" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "endpoint_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" DATETIME NOT NULL,
    "lease_owner" TEXT,
    "response_status" INTEGER,
    "error" TEXT,
    "history" TEXT NOT NULL DEFAULT '[]',
    "created_at" DATETIME NOT NULL,
    "last_attempt_at" DATETIME,
    "finished_at" DATETIME
);

-- CreateIndex
CREATE INDEX "webhook_deliveries_endpoint_id_state_due_at_idx" ON "webhook_deliveries"("endpoint_id", "state", "due_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_endpoint_id_state_id_idx" ON "webhook_deliveries"("endpoint_id", "state", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_state_id_idx" ON "webhook_deliveries"("state", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_event_type_id_idx" ON "webhook_deliveries"("event_type", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_event_id_idx" ON "webhook_deliveries"("event_id");

-- CreateTable
CREATE TABLE "desk_events" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "type" TEXT NOT NULL,
    "account_id" TEXT,
    "occurred_at" DATETIME NOT NULL,
    "data" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "desk_events_occurred_at_id_idx" ON "desk_events"("occurred_at", "id");

-- CreateIndex
CREATE INDEX "desk_events_type_occurred_at_id_idx" ON "desk_events"("type", "occurred_at", "id");

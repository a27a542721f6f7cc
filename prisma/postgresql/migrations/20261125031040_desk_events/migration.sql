-- CreateTable
CREATE TABLE "desk_events" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "account_id" TEXT,
    "occurred_at" TIMESTAMP(3) NOT NULL,
    "data" TEXT NOT NULL,

    CONSTRAINT "desk_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "desk_events_occurred_at_id_idx" ON "desk_events"("occurred_at", "id");

-- CreateIndex
CREATE INDEX "desk_events_type_occurred_at_id_idx" ON "desk_events"("type", "occurred_at", "id");

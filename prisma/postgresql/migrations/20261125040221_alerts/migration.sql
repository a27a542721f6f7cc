-- CreateTable
CREATE TABLE "announced_health" (
    "account_id" TEXT NOT NULL,
    "snapshot_id" INTEGER NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "rag" TEXT NOT NULL,
    "churn_risk" TEXT NOT NULL,
    "should_alert" BOOLEAN NOT NULL,
    "breakdown" TEXT NOT NULL,
    "as_of" TIMESTAMP(3) NOT NULL,
    "severity" INTEGER NOT NULL,
    "open_risk" BOOLEAN NOT NULL DEFAULT false,
    "last_alert_severity" INTEGER NOT NULL DEFAULT 0,
    "last_alert_at" TIMESTAMP(3),
    "held_reason" TEXT,
    "held_until" TIMESTAMP(3),
    "held_since" TEXT,

    CONSTRAINT "announced_health_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" TEXT NOT NULL,
    "account_id" TEXT,
    "kind" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "digest_id" TEXT,
    "content" TEXT NOT NULL,
    "wording" TEXT,
    "arr_cents" BIGINT,
    "currency" TEXT NOT NULL,
    "renewal_date" TEXT,
    "csm_email" TEXT,
    "rep_email" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "deliver_at" TIMESTAMP(3),

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_deliveries" (
    "id" TEXT NOT NULL,
    "alert_id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "recipient" TEXT NOT NULL DEFAULT '',
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMP(3),
    "lease_owner" TEXT,
    "lease_until" TIMESTAMP(3),
    "unanswered" BOOLEAN NOT NULL DEFAULT false,
    "reference" TEXT,
    "notice_id" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "done_at" TIMESTAMP(3),

    CONSTRAINT "alert_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_snoozes" (
    "account_id" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "made_by" TEXT NOT NULL,
    "made_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "alert_snoozes_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "chat_webhooks" (
    "channel" TEXT NOT NULL,
    "credentials" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "connected_by" TEXT NOT NULL,
    "connected_at" TIMESTAMP(3) NOT NULL,
    "checked_at" TIMESTAMP(3),
    "error_message" TEXT,

    CONSTRAINT "chat_webhooks_pkey" PRIMARY KEY ("channel")
);

-- CreateTable
CREATE TABLE "notices" (
    "id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "account_id" TEXT,
    "to_address" TEXT NOT NULL,
    "to_name" TEXT,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "mailbox_id" TEXT,
    "destination" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMP(3),
    "lease_owner" TEXT,
    "lease_until" TIMESTAMP(3),
    "provider" TEXT,
    "draft_id" TEXT,
    "draft_location" TEXT,
    "drafted_at" TIMESTAMP(3),
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "announced_health_held_until_idx" ON "announced_health"("held_until");

-- CreateIndex
CREATE INDEX "alerts_created_at_id_idx" ON "alerts"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_account_id_created_at_id_idx" ON "alerts"("account_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_route_created_at_idx" ON "alerts"("route", "created_at");

-- CreateIndex
CREATE INDEX "alerts_level_created_at_id_idx" ON "alerts"("level", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "alerts_digest_id_idx" ON "alerts"("digest_id");

-- CreateIndex
CREATE INDEX "alert_deliveries_state_next_attempt_at_idx" ON "alert_deliveries"("state", "next_attempt_at");

-- CreateIndex
CREATE UNIQUE INDEX "alert_deliveries_alert_id_channel_recipient_key" ON "alert_deliveries"("alert_id", "channel", "recipient");

-- CreateIndex
CREATE UNIQUE INDEX "notices_key_key" ON "notices"("key");

-- CreateIndex
CREATE UNIQUE INDEX "notices_message_id_key" ON "notices"("message_id");

-- CreateIndex
CREATE INDEX "notices_state_next_attempt_at_idx" ON "notices"("state", "next_attempt_at");

-- CreateIndex
CREATE INDEX "notices_account_id_created_at_idx" ON "notices"("account_id", "created_at");

-- AddForeignKey
ALTER TABLE "announced_health" ADD CONSTRAINT "announced_health_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "alert_deliveries_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_snoozes" ADD CONSTRAINT "alert_snoozes_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notices" ADD CONSTRAINT "notices_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

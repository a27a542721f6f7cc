-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "source" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "domain" TEXT,
    "status" TEXT NOT NULL,
    "segment" TEXT,
    "arr_cents" BIGINT,
    "currency" TEXT NOT NULL,
    "plan" TEXT,
    "seats_purchased" INTEGER,
    "csm_email" TEXT,
    "rep_email" TEXT,
    "contract_start" TEXT,
    "renewal_date" TEXT,
    "modules" TEXT NOT NULL DEFAULT '[]',
    "integrations" TEXT NOT NULL DEFAULT '[]',
    "tech_stack" TEXT NOT NULL DEFAULT '[]',
    "search_key" TEXT NOT NULL,
    "current_snapshot_id" INTEGER,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "signal_snapshots" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "account_id" TEXT NOT NULL,
    "observed_at" DATETIME NOT NULL,
    "recorded_at" DATETIME NOT NULL,
    "content_hash" TEXT NOT NULL,
    "arr_cents" BIGINT,
    "seats_purchased" INTEGER,
    "seats_active" INTEGER,
    "renewal_date" TEXT,
    "last_interaction_at" DATETIME,
    "login_frequency_days" REAL,
    "usage_trend" TEXT,
    "feature_adoption_rate" REAL,
    "stakeholder_engagement" TEXT,
    "nps_score" REAL,
    "invoice_payment_status" TEXT,
    "open_ticket_count" INTEGER,
    "avg_ticket_sentiment" TEXT,
    "escalation_count_90_days" INTEGER,
    "tam_health_rag" TEXT,
    "collections_risk" TEXT,
    CONSTRAINT "signal_snapshots_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "account_health" (
    "account_id" TEXT NOT NULL PRIMARY KEY,
    "snapshot_id" INTEGER NOT NULL,
    "score" REAL NOT NULL,
    "rag" TEXT NOT NULL,
    "churn_risk" TEXT NOT NULL,
    "churn_trigger" TEXT NOT NULL,
    "should_alert" BOOLEAN NOT NULL,
    "breakdown" TEXT NOT NULL,
    "model_version" TEXT NOT NULL,
    "changed_at" DATETIME NOT NULL,
    "reassess_at" DATETIME,
    CONSTRAINT "account_health_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "health_scores" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "account_id" TEXT NOT NULL,
    "as_of" DATETIME NOT NULL,
    "snapshot_id" INTEGER NOT NULL,
    "score" REAL NOT NULL,
    "rag" TEXT NOT NULL,
    "churn_risk" TEXT NOT NULL,
    "breakdown" TEXT NOT NULL,
    "model_version" TEXT NOT NULL,
    CONSTRAINT "health_scores_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "catalogue_items" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price_cents" BIGINT,
    "currency" TEXT NOT NULL,
    "signal_features" TEXT NOT NULL DEFAULT '[]',
    "eligible_plans" TEXT NOT NULL DEFAULT '[]',
    "tech_names" TEXT NOT NULL DEFAULT '[]',
    "benefit" TEXT,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "feature_usage" (
    "account_id" TEXT NOT NULL,
    "feature" TEXT NOT NULL,
    "observed_at" DATETIME NOT NULL,
    "uses" INTEGER NOT NULL,
    "active_users" INTEGER,
    "limit_hits" INTEGER NOT NULL DEFAULT 0,

    PRIMARY KEY ("account_id", "feature", "observed_at"),
    CONSTRAINT "feature_usage_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "opportunities" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "fingerprint" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "confidence" TEXT NOT NULL,
    "confidence_rank" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "headline" TEXT NOT NULL,
    "why" TEXT NOT NULL,
    "impact_cents" BIGINT,
    "currency" TEXT NOT NULL,
    "impact_rank" BIGINT NOT NULL,
    "evidence" TEXT NOT NULL,
    "calculation" TEXT NOT NULL,
    "talk_track" TEXT NOT NULL,
    "gates" TEXT NOT NULL DEFAULT '[]',
    "content_key" TEXT NOT NULL DEFAULT '',
    "rag" TEXT,
    "csm_email" TEXT,
    "rep_email" TEXT,
    "snoozed_until" DATETIME,
    "dismiss_reason" TEXT,
    "dismiss_note" TEXT,
    "first_seen_at" DATETIME NOT NULL,
    "last_seen_at" DATETIME NOT NULL,
    "state_changed_at" DATETIME NOT NULL,
    CONSTRAINT "opportunities_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "dispatches" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "opportunity_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "recipient" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" DATETIME,
    "lease_owner" TEXT,
    "lease_until" DATETIME,
    "provider" TEXT,
    "draft_id" TEXT,
    "draft_location" TEXT,
    "drafted_at" DATETIME,
    "error_code" TEXT,
    "error_message" TEXT,
    "override_reason" TEXT,
    "requested_by" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL,
    CONSTRAINT "dispatches_opportunity_id_fkey" FOREIGN KEY ("opportunity_id") REFERENCES "opportunities" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "dispatches_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "timeline_events" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "opportunity_id" TEXT NOT NULL,
    "dispatch_id" TEXT,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "detail" TEXT,
    CONSTRAINT "timeline_events_opportunity_id_fkey" FOREIGN KEY ("opportunity_id") REFERENCES "opportunities" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "timeline_events_dispatch_id_fkey" FOREIGN KEY ("dispatch_id") REFERENCES "dispatches" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "job" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "account_id" TEXT,
    "scheduled_for" DATETIME,
    "done" INTEGER NOT NULL DEFAULT 0,
    "total" INTEGER NOT NULL DEFAULT 0,
    "counts" TEXT NOT NULL DEFAULT '{}',
    "error_count" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "owner" TEXT,
    "created_at" DATETIME NOT NULL,
    "started_at" DATETIME,
    "finished_at" DATETIME,
    "heartbeat_at" DATETIME
);

-- CreateTable
CREATE TABLE "run_errors" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "run_id" TEXT NOT NULL,
    "account_id" TEXT,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    CONSTRAINT "run_errors_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "totals" (
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "cents" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "key", "type", "currency")
);

-- CreateTable
CREATE TABLE "settings" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "accounts_name_id_idx" ON "accounts"("name", "id");

-- CreateIndex
CREATE INDEX "accounts_status_id_idx" ON "accounts"("status", "id");

-- CreateIndex
CREATE INDEX "accounts_renewal_date_id_idx" ON "accounts"("renewal_date", "id");

-- CreateIndex
CREATE INDEX "accounts_arr_cents_id_idx" ON "accounts"("arr_cents", "id");

-- CreateIndex
CREATE INDEX "accounts_rep_email_idx" ON "accounts"("rep_email");

-- CreateIndex
CREATE INDEX "accounts_csm_email_idx" ON "accounts"("csm_email");

-- CreateIndex
CREATE INDEX "signal_snapshots_account_id_observed_at_id_idx" ON "signal_snapshots"("account_id", "observed_at", "id");

-- CreateIndex
CREATE INDEX "account_health_rag_score_account_id_idx" ON "account_health"("rag", "score", "account_id");

-- CreateIndex
CREATE INDEX "health_scores_account_id_as_of_idx" ON "health_scores"("account_id", "as_of");

-- CreateIndex
CREATE INDEX "feature_usage_account_id_observed_at_idx" ON "feature_usage"("account_id", "observed_at");

-- CreateIndex
CREATE UNIQUE INDEX "opportunities_fingerprint_key" ON "opportunities"("fingerprint");

-- CreateIndex
CREATE INDEX "opportunities_account_id_status_idx" ON "opportunities"("account_id", "status");

-- CreateIndex
CREATE INDEX "opportunities_status_confidence_rank_impact_rank_id_idx" ON "opportunities"("status", "confidence_rank" DESC, "impact_rank" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "opportunities_status_first_seen_at_id_idx" ON "opportunities"("status", "first_seen_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "opportunities_status_state_changed_at_idx" ON "opportunities"("status", "state_changed_at");

-- CreateIndex
CREATE UNIQUE INDEX "dispatches_opportunity_id_key" ON "dispatches"("opportunity_id");

-- CreateIndex
CREATE UNIQUE INDEX "dispatches_message_id_key" ON "dispatches"("message_id");

-- CreateIndex
CREATE INDEX "dispatches_created_at_id_idx" ON "dispatches"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "dispatches_state_created_at_id_idx" ON "dispatches"("state", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "dispatches_state_next_attempt_at_idx" ON "dispatches"("state", "next_attempt_at");

-- CreateIndex
CREATE INDEX "dispatches_account_id_created_at_idx" ON "dispatches"("account_id", "created_at");

-- CreateIndex
CREATE INDEX "timeline_events_opportunity_id_id_idx" ON "timeline_events"("opportunity_id", "id");

-- CreateIndex
CREATE INDEX "timeline_events_dispatch_id_id_idx" ON "timeline_events"("dispatch_id", "id");

-- CreateIndex
CREATE INDEX "runs_created_at_id_idx" ON "runs"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "runs_job_created_at_id_idx" ON "runs"("job", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "runs_state_idx" ON "runs"("state");

-- CreateIndex
CREATE UNIQUE INDEX "runs_job_scheduled_for_key" ON "runs"("job", "scheduled_for");

-- CreateIndex
CREATE INDEX "run_errors_run_id_id_idx" ON "run_errors"("run_id", "id");

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
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
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signal_snapshots" (
    "id" SERIAL NOT NULL,
    "account_id" TEXT NOT NULL,
    "observed_at" TIMESTAMP(3) NOT NULL,
    "recorded_at" TIMESTAMP(3) NOT NULL,
    "content_hash" TEXT NOT NULL,
    "arr_cents" BIGINT,
    "seats_purchased" INTEGER,
    "seats_active" INTEGER,
    "renewal_date" TEXT,
    "last_interaction_at" TIMESTAMP(3),
    "login_frequency_days" DOUBLE PRECISION,
    "usage_trend" TEXT,
    "feature_adoption_rate" DOUBLE PRECISION,
    "stakeholder_engagement" TEXT,
    "nps_score" DOUBLE PRECISION,
    "invoice_payment_status" TEXT,
    "open_ticket_count" INTEGER,
    "avg_ticket_sentiment" TEXT,
    "escalation_count_90_days" INTEGER,
    "tam_health_rag" TEXT,
    "collections_risk" TEXT,

    CONSTRAINT "signal_snapshots_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account_health" (
    "account_id" TEXT NOT NULL,
    "snapshot_id" INTEGER NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "rag" TEXT NOT NULL,
    "churn_risk" TEXT NOT NULL,
    "churn_trigger" TEXT NOT NULL,
    "should_alert" BOOLEAN NOT NULL,
    "breakdown" TEXT NOT NULL,
    "model_version" TEXT NOT NULL,
    "changed_at" TIMESTAMP(3) NOT NULL,
    "reassess_at" TIMESTAMP(3),

    CONSTRAINT "account_health_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "health_scores" (
    "id" SERIAL NOT NULL,
    "account_id" TEXT NOT NULL,
    "as_of" TIMESTAMP(3) NOT NULL,
    "snapshot_id" INTEGER NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "rag" TEXT NOT NULL,
    "churn_risk" TEXT NOT NULL,
    "breakdown" TEXT NOT NULL,
    "model_version" TEXT NOT NULL,

    CONSTRAINT "health_scores_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "catalogue_items" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "price_cents" BIGINT,
    "currency" TEXT NOT NULL,
    "signal_features" TEXT NOT NULL DEFAULT '[]',
    "eligible_plans" TEXT NOT NULL DEFAULT '[]',
    "tech_names" TEXT NOT NULL DEFAULT '[]',
    "benefit" TEXT,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "catalogue_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feature_usage" (
    "account_id" TEXT NOT NULL,
    "feature" TEXT NOT NULL,
    "observed_at" TIMESTAMP(3) NOT NULL,
    "uses" INTEGER NOT NULL,
    "active_users" INTEGER,
    "limit_hits" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "feature_usage_pkey" PRIMARY KEY ("account_id","feature","observed_at")
);

-- CreateTable
CREATE TABLE "opportunities" (
    "id" TEXT NOT NULL,
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
    "snoozed_until" TIMESTAMP(3),
    "dismiss_reason" TEXT,
    "dismiss_note" TEXT,
    "first_seen_at" TIMESTAMP(3) NOT NULL,
    "last_seen_at" TIMESTAMP(3) NOT NULL,
    "state_changed_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "opportunities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dispatches" (
    "id" TEXT NOT NULL,
    "opportunity_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "recipient" TEXT,
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
    "override_reason" TEXT,
    "requested_by" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "dispatches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "timeline_events" (
    "id" SERIAL NOT NULL,
    "opportunity_id" TEXT NOT NULL,
    "dispatch_id" TEXT,
    "at" TIMESTAMP(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "detail" TEXT,

    CONSTRAINT "timeline_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL,
    "job" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "account_id" TEXT,
    "scheduled_for" TIMESTAMP(3),
    "done" INTEGER NOT NULL DEFAULT 0,
    "total" INTEGER NOT NULL DEFAULT 0,
    "counts" TEXT NOT NULL DEFAULT '{}',
    "error_count" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "owner" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "started_at" TIMESTAMP(3),
    "finished_at" TIMESTAMP(3),
    "heartbeat_at" TIMESTAMP(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_errors" (
    "id" SERIAL NOT NULL,
    "run_id" TEXT NOT NULL,
    "account_id" TEXT,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "run_errors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "totals" (
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "cents" BIGINT NOT NULL,

    CONSTRAINT "totals_pkey" PRIMARY KEY ("scope","key","type","currency")
);

-- CreateTable
CREATE TABLE "total_deltas" (
    "id" SERIAL NOT NULL,
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "cents" BIGINT NOT NULL,

    CONSTRAINT "total_deltas_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settings" (
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "role" TEXT NOT NULL DEFAULT 'viewer',
    "disabled_at" TIMESTAMP(3),
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_accounts" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMP(3),
    "refresh_token_expires_at" TIMESTAMP(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "auth_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_verifications" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "auth_verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_links" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "email" TEXT,
    "role" TEXT,
    "user_id" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,
    "used_at" TIMESTAMP(3),

    CONSTRAINT "one_time_links_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "start" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "expires_at" TIMESTAMP(3),
    "last_used_at" TIMESTAMP(3),
    "revoked_at" TIMESTAMP(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_throttles" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "last_failure" TIMESTAMP(3) NOT NULL,
    "locked_until" TIMESTAMP(3),

    CONSTRAINT "sign_in_throttles_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject_type" TEXT,
    "subject_id" TEXT,
    "ip" TEXT,
    "request_id" TEXT,
    "detail" TEXT NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
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

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_key" ON "sessions"("token");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "auth_accounts_user_id_idx" ON "auth_accounts"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "auth_accounts_provider_id_account_id_key" ON "auth_accounts"("provider_id", "account_id");

-- CreateIndex
CREATE INDEX "auth_verifications_identifier_idx" ON "auth_verifications"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_links_secret_hash_key" ON "one_time_links"("secret_hash");

-- CreateIndex
CREATE INDEX "one_time_links_kind_created_at_idx" ON "one_time_links"("kind", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys"("secret_hash");

-- CreateIndex
CREATE INDEX "api_keys_created_at_idx" ON "api_keys"("created_at");

-- CreateIndex
CREATE INDEX "audit_events_at_id_idx" ON "audit_events"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_events_actor_id_idx" ON "audit_events"("actor", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_events_action_id_idx" ON "audit_events"("action", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_events_subject_type_subject_id_id_idx" ON "audit_events"("subject_type", "subject_id", "id" DESC);

-- AddForeignKey
ALTER TABLE "signal_snapshots" ADD CONSTRAINT "signal_snapshots_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account_health" ADD CONSTRAINT "account_health_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "health_scores" ADD CONSTRAINT "health_scores_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feature_usage" ADD CONSTRAINT "feature_usage_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "opportunities" ADD CONSTRAINT "opportunities_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dispatches" ADD CONSTRAINT "dispatches_opportunity_id_fkey" FOREIGN KEY ("opportunity_id") REFERENCES "opportunities"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dispatches" ADD CONSTRAINT "dispatches_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timeline_events" ADD CONSTRAINT "timeline_events_opportunity_id_fkey" FOREIGN KEY ("opportunity_id") REFERENCES "opportunities"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "timeline_events" ADD CONSTRAINT "timeline_events_dispatch_id_fkey" FOREIGN KEY ("dispatch_id") REFERENCES "dispatches"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_errors" ADD CONSTRAINT "run_errors_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_accounts" ADD CONSTRAINT "auth_accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

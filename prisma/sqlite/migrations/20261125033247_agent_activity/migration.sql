-- CreateTable
CREATE TABLE "task_runs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "account_id" TEXT,
    "run_id" TEXT,
    "actor" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "error_code" TEXT,
    "error" TEXT,
    "owner" TEXT NOT NULL,
    "started_at" DATETIME NOT NULL,
    "finished_at" DATETIME
);

-- CreateTable
CREATE TABLE "model_calls" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "purpose" TEXT NOT NULL,
    "capability" TEXT NOT NULL,
    "account_id" TEXT,
    "run_id" TEXT,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "prompt_version" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "input_tokens" INTEGER,
    "output_tokens" INTEGER,
    "cost_micros" BIGINT,
    "currency" TEXT,
    "latency_ms" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "detail" TEXT
);

-- CreateTable
CREATE TABLE "model_usage" (
    "day" TEXT NOT NULL,
    "capability" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "calls" INTEGER NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cost_micros" BIGINT NOT NULL,

    PRIMARY KEY ("day", "capability", "purpose", "outcome", "currency")
);

-- CreateTable
CREATE TABLE "model_budgets" (
    "day" TEXT NOT NULL PRIMARY KEY,
    "tokens" BIGINT NOT NULL,
    "cost_micros" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "task_runs_agent_type_started_at_id_idx" ON "task_runs"("agent", "type", "started_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "task_runs_state_idx" ON "task_runs"("state");

-- CreateIndex
CREATE INDEX "task_runs_account_id_idx" ON "task_runs"("account_id");

-- CreateIndex
CREATE INDEX "task_runs_started_at_idx" ON "task_runs"("started_at");

-- CreateIndex
CREATE INDEX "model_calls_at_id_idx" ON "model_calls"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "model_calls_outcome_at_id_idx" ON "model_calls"("outcome", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "model_calls_account_id_idx" ON "model_calls"("account_id");

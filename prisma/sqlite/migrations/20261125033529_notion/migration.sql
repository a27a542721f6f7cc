-- CreateTable
CREATE TABLE "notion_connections" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL,
    "credentials" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "workspace" TEXT,
    "settings" TEXT NOT NULL DEFAULT '{}',
    "pull_problem" TEXT,
    "push_problem" TEXT,
    "connected_by" TEXT NOT NULL,
    "connected_at" DATETIME NOT NULL,
    "checked_at" DATETIME,
    "pulled_at" DATETIME,
    "pushed_at" DATETIME,
    "pulled_through" DATETIME,
    "full_pull_at" DATETIME,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "notion_pages" (
    "page_id" TEXT NOT NULL PRIMARY KEY,
    "account_id" TEXT,
    "wanted_id" TEXT,
    "url" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "edited_at" DATETIME NOT NULL,
    "state" TEXT NOT NULL,
    "problem" TEXT,
    "seen_in" TEXT,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "notion_records" (
    "kind" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "page_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "pushed_at" DATETIME NOT NULL,

    PRIMARY KEY ("kind", "target_id")
);

-- CreateTable
CREATE TABLE "notion_outbox" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "content" TEXT,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" DATETIME NOT NULL,
    "lease_owner" TEXT,
    "lease_until" DATETIME,
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "notion_pages_account_id_key" ON "notion_pages"("account_id");

-- CreateIndex
CREATE INDEX "notion_pages_state_title_page_id_idx" ON "notion_pages"("state", "title", "page_id");

-- CreateIndex
CREATE INDEX "notion_outbox_state_next_attempt_at_id_idx" ON "notion_outbox"("state", "next_attempt_at", "id");

-- CreateIndex
CREATE INDEX "notion_outbox_account_id_idx" ON "notion_outbox"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "notion_outbox_kind_target_id_key" ON "notion_outbox"("kind", "target_id");

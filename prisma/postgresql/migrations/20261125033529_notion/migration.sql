-- CreateTable
CREATE TABLE "notion_connections" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "credentials" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "workspace" TEXT,
    "settings" TEXT NOT NULL DEFAULT '{}',
    "pull_problem" TEXT,
    "push_problem" TEXT,
    "connected_by" TEXT NOT NULL,
    "connected_at" TIMESTAMP(3) NOT NULL,
    "checked_at" TIMESTAMP(3),
    "pulled_at" TIMESTAMP(3),
    "pushed_at" TIMESTAMP(3),
    "pulled_through" TIMESTAMP(3),
    "full_pull_at" TIMESTAMP(3),
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "notion_connections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notion_pages" (
    "page_id" TEXT NOT NULL,
    "account_id" TEXT,
    "wanted_id" TEXT,
    "url" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "edited_at" TIMESTAMP(3) NOT NULL,
    "state" TEXT NOT NULL,
    "problem" TEXT,
    "seen_in" TEXT,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "notion_pages_pkey" PRIMARY KEY ("page_id")
);

-- CreateTable
CREATE TABLE "notion_records" (
    "kind" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "page_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "pushed_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "notion_records_pkey" PRIMARY KEY ("kind","target_id")
);

-- CreateTable
CREATE TABLE "notion_outbox" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "content" TEXT,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMP(3) NOT NULL,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMP(3),
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "notion_outbox_pkey" PRIMARY KEY ("id")
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

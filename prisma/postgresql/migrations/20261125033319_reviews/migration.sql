-- CreateTable
CREATE TABLE "reviews" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "is_current" BOOLEAN NOT NULL,
    "trigger" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "reason" TEXT,
    "facts_digest" TEXT NOT NULL,
    "headline" TEXT NOT NULL,
    "score" DOUBLE PRECISION,
    "rag" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL,
    "publication" TEXT NOT NULL,
    "published_url" TEXT,
    "publication_note" TEXT,
    "notice" TEXT NOT NULL,
    "notice_note" TEXT,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMP(3),
    "content" TEXT NOT NULL,

    CONSTRAINT "reviews_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "reviews_is_current_created_at_id_idx" ON "reviews"("is_current", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "reviews_is_current_period_created_at_id_idx" ON "reviews"("is_current", "period", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "reviews_account_id_created_at_id_idx" ON "reviews"("account_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "reviews_publication_id_idx" ON "reviews"("publication", "id");

-- CreateIndex
CREATE INDEX "reviews_notice_id_idx" ON "reviews"("notice", "id");

-- CreateIndex
CREATE UNIQUE INDEX "reviews_account_id_period_version_key" ON "reviews"("account_id", "period", "version");

-- AddForeignKey
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- DropIndex
DROP INDEX "health_scores_account_id_as_of_idx";

-- CreateIndex
CREATE INDEX "health_scores_account_id_as_of_id_score_rag_idx" ON "health_scores"("account_id", "as_of", "id", "score", "rag");

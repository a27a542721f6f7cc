-- DropIndex
DROP INDEX "alerts_digest_id_idx";

-- CreateIndex
CREATE INDEX "alerts_digest_id_csm_email_idx" ON "alerts"("digest_id", "csm_email");

-- CreateIndex
CREATE INDEX "alerts_digest_id_rep_email_idx" ON "alerts"("digest_id", "rep_email");

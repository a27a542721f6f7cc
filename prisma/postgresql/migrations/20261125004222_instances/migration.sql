-- CreateTable
CREATE TABLE "leases" (
    "key" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "scan_shares" (
    "id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "rules" TEXT NOT NULL,
    "call" TEXT NOT NULL,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMP(3),
    "outcome" TEXT,

    CONSTRAINT "scan_shares_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "leases_until_idx" ON "leases"("until");

-- CreateIndex
CREATE INDEX "scan_shares_run_id_id_idx" ON "scan_shares"("run_id", "id");

-- AddForeignKey
ALTER TABLE "scan_shares" ADD CONSTRAINT "scan_shares_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

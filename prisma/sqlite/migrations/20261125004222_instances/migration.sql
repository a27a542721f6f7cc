-- CreateTable
CREATE TABLE "leases" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "owner" TEXT NOT NULL,
    "until" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "scan_shares" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "run_id" TEXT NOT NULL,
    "rules" TEXT NOT NULL,
    "call" TEXT NOT NULL,
    "lease_owner" TEXT,
    "lease_until" DATETIME,
    "outcome" TEXT,
    CONSTRAINT "scan_shares_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "leases_until_idx" ON "leases"("until");

-- CreateIndex
CREATE INDEX "scan_shares_run_id_id_idx" ON "scan_shares"("run_id", "id");

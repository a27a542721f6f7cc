-- AlterTable
ALTER TABLE "dispatches" ADD COLUMN "destination" TEXT;
ALTER TABLE "dispatches" ADD COLUMN "mailbox_id" TEXT;

-- CreateTable
CREATE TABLE "mailboxes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "owner_email" TEXT,
    "state" TEXT NOT NULL,
    "settings" TEXT NOT NULL DEFAULT '{}',
    "credentials" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "error_message" TEXT,
    "connected_by" TEXT NOT NULL,
    "connected_at" DATETIME NOT NULL,
    "checked_at" DATETIME,
    "updated_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "mailboxes_state_idx" ON "mailboxes"("state");

-- CreateIndex
CREATE INDEX "mailboxes_owner_email_idx" ON "mailboxes"("owner_email");

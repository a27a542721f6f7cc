-- DropIndex
DROP INDEX "opportunities_status_state_changed_at_idx";

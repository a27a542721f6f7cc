-- CreateTable
CREATE TABLE "adoption_benchmarks" (
    "segment" TEXT NOT NULL PRIMARY KEY,
    "as_of" DATETIME NOT NULL,
    "accounts" INTEGER NOT NULL,
    "rate_sum" REAL NOT NULL
);

-- CreateTable
CREATE TABLE "feature_benchmarks" (
    "segment" TEXT NOT NULL,
    "feature" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "accounts" INTEGER NOT NULL,
    "with_seats" INTEGER NOT NULL,
    "below" REAL,
    "middle" REAL,
    "above" REAL,

    PRIMARY KEY ("segment", "feature"),
    CONSTRAINT "feature_benchmarks_segment_fkey" FOREIGN KEY ("segment") REFERENCES "adoption_benchmarks" ("segment") ON DELETE CASCADE ON UPDATE CASCADE
);

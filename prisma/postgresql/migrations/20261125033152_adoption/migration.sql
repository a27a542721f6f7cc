-- CreateTable
CREATE TABLE "adoption_benchmarks" (
    "segment" TEXT NOT NULL,
    "as_of" TIMESTAMP(3) NOT NULL,
    "accounts" INTEGER NOT NULL,
    "rate_sum" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "adoption_benchmarks_pkey" PRIMARY KEY ("segment")
);

-- CreateTable
CREATE TABLE "feature_benchmarks" (
    "segment" TEXT NOT NULL,
    "feature" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "accounts" INTEGER NOT NULL,
    "with_seats" INTEGER NOT NULL,
    "below" DOUBLE PRECISION,
    "middle" DOUBLE PRECISION,
    "above" DOUBLE PRECISION,

    CONSTRAINT "feature_benchmarks_pkey" PRIMARY KEY ("segment","feature")
);

-- AddForeignKey
ALTER TABLE "feature_benchmarks" ADD CONSTRAINT "feature_benchmarks_segment_fkey" FOREIGN KEY ("segment") REFERENCES "adoption_benchmarks"("segment") ON DELETE CASCADE ON UPDATE CASCADE;

-- The authorised test that an alert belongs to; empty for none.
ALTER TABLE alerts ADD COLUMN IF NOT EXISTS authorised_test LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)) AFTER score;

-- Its rows are in `events_by_minute`.
DROP TABLE IF EXISTS events_minute;

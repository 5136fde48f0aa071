-- The log forgets what the store has answered for, so the answer must outlast a power cut and not only a
-- killed process: a new part and its folder are on the disk before the insert is acknowledged. Parts of one
-- insert are compact (one file of data), which makes it two flushes; merges need none, since what they merged
-- is kept for eight minutes.
ALTER TABLE events MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE events_minute MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE dead MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE alerts MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE rollups MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE score MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE source MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE baselines MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;

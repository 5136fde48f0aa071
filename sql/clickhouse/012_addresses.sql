-- Who looks for an address, looks for a few rows of a day: blocks in which none of the three can be it are left
-- out. One index for all three, since they are asked for together. Days that are there stay as they are.
ALTER TABLE events ADD INDEX IF NOT EXISTS addresses (src_ip, dst_ip, device_ip) TYPE bloom_filter GRANULARITY 1;

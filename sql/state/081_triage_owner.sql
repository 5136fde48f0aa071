-- What one person owns, and who owns anything: read with every page of the queue.
CREATE INDEX triage_group_owner ON triage_group (owner, status);

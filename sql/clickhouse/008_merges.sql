-- A merge rewrites every column of a row, which costs the store twice what the insert did: parts wait until a
-- dozen of about one size are there (the default is five), so that a row is rewritten half as often in its life.
ALTER TABLE events MODIFY SETTING merge_selector_base = 12;

-- The log. Rows are added at the end and never change: the triggers refuse everything else, also INSERT OR REPLACE.
CREATE TABLE log (
    seq         INTEGER PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    recorded_ms INTEGER NOT NULL,
    boot_id     TEXT    NOT NULL,
    boottime_ms INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    door        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    team        TEXT,
    body        TEXT    NOT NULL,
    prev_hash   BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    hash        BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX log_by_team ON log (team, seq) WHERE team IS NOT NULL;

CREATE TRIGGER log_is_never_updated BEFORE UPDATE ON log
BEGIN SELECT RAISE (ABORT, 'the log is append-only: UPDATE refused'); END;

CREATE TRIGGER log_is_never_deleted BEFORE DELETE ON log
BEGIN SELECT RAISE (ABORT, 'the log is append-only: DELETE refused'); END;

CREATE TRIGGER log_grows_at_its_end BEFORE INSERT ON log
WHEN NEW.seq <= (SELECT coalesce (max (seq), 0) FROM log)
BEGIN SELECT RAISE (ABORT, 'the log is append-only: INSERT before its end refused'); END;

-- The head of the chain, moved in the same transaction as the rows: a tail that was cut off is missed here.
CREATE TABLE anchor (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO anchor (id, seq, hash) VALUES (1, 0, zeroblob (32));

CREATE TRIGGER anchor_never_goes_back BEFORE UPDATE ON anchor
WHEN NEW.seq <= OLD.seq OR NEW.id <> OLD.id
BEGIN SELECT RAISE (ABORT, 'the anchor only moves forward'); END;

CREATE TRIGGER anchor_is_never_deleted BEFORE DELETE ON anchor
BEGIN SELECT RAISE (ABORT, 'the anchor only moves forward'); END;

CREATE TRIGGER anchor_is_one BEFORE INSERT ON anchor
BEGIN SELECT RAISE (ABORT, 'there is one anchor'); END;

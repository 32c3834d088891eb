-- migrate:up
-- One row for each key that was counted lately. `arrival` is the time at which the next event would
-- come if all came evenly: the "theoretical arrival time" of ITU-T I.371. A row whose `arrival` has
-- passed means the same as none.
CREATE TABLE rate_limits (
    key text PRIMARY KEY,
    arrival timestamptz NOT NULL
);

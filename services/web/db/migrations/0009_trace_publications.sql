-- migrate:up
-- The trace in which a publication was asked for (W3C Trace Context): `traceparent`, `tracestate`.
-- Services of before neither write nor read it, and go on working.
ALTER TABLE outbox ADD COLUMN trace_context jsonb;

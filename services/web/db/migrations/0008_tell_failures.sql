-- migrate:up
-- What is known of the endpoint's part in an answer's end, with every key masked; `error` is the
-- class. Only ever read whole, with its message.
ALTER TABLE messages ADD COLUMN details jsonb;

-- migrate:up
-- What a transaction wants published: written with it, published after it, then deleted.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    message_id text NOT NULL,
    payload bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    parked_at timestamptz
);

CREATE INDEX outbox_pending ON outbox (id) WHERE parked_at IS NULL;

-- migrate:up
-- `waiting` for the answers before it, `queued` for a worker or with one: at most one of a chat.
ALTER TABLE messages
    DROP CONSTRAINT messages_status_check,
    ADD CONSTRAINT messages_status_check
        CHECK (status IN ('waiting', 'queued', 'complete', 'stopped', 'failed')),
    -- How often the message was asked for: its results say which of these they end.
    ADD COLUMN run integer NOT NULL DEFAULT 1,
    ADD COLUMN reasoning text NOT NULL DEFAULT '',
    ADD COLUMN reasoning_seconds double precision,
    ADD COLUMN retry_at timestamptz,
    ADD COLUMN left_out integer NOT NULL DEFAULT 0,
    ADD COLUMN restarted boolean NOT NULL DEFAULT false,
    ADD COLUMN usage_estimated boolean NOT NULL DEFAULT false;

UPDATE messages SET status = 'waiting'
WHERE status = 'queued' AND EXISTS (
    SELECT FROM messages AS earlier
    WHERE earlier.chat_id = messages.chat_id AND earlier.status = 'queued'
        AND earlier.id < messages.id
);

CREATE UNIQUE INDEX messages_one_queued ON messages (chat_id) WHERE status = 'queued';
CREATE INDEX messages_waiting ON messages (chat_id, id) WHERE status = 'waiting';

-- migrate:up
CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chat_id bigint NOT NULL REFERENCES chats ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    status text NOT NULL CHECK (status IN ('queued', 'complete', 'failed')),
    content text NOT NULL,
    -- Made by the page that sends a message, so that sending it twice stores it once.
    key uuid,
    error text,
    finish_reason text,
    model text,
    prompt_tokens integer,
    completion_tokens integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT messages_key_of_chat UNIQUE (chat_id, key)
);

CREATE INDEX messages_of_chat ON messages (chat_id, id);

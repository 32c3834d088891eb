-- migrate:up
-- What answers a chat: a model of a connection, and its options. NULL stands for the default.
ALTER TABLE chats
    ADD COLUMN chosen_connection text,
    ADD COLUMN chosen_model text,
    ADD COLUMN system_prompt text,
    ADD COLUMN temperature double precision,
    ADD COLUMN top_p double precision,
    ADD COLUMN max_tokens integer;

-- The model that an answer was asked from; `model` is the one that the endpoint named in the end.
ALTER TABLE messages
    ADD COLUMN connection text,
    ADD COLUMN asked_model text;

-- The models that an account has pinned or used.
CREATE TABLE account_models (
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    connection text NOT NULL,
    model text NOT NULL,
    is_pinned boolean NOT NULL DEFAULT false,
    used_at timestamptz,
    PRIMARY KEY (account_id, connection, model)
);

-- migrate:up
CREATE TABLE chats (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    title text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX chats_newest_of_account ON chats (account_id, id DESC);

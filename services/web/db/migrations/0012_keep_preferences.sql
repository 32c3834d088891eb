-- migrate:up
-- What a person has chosen on the settings page; a missing name has its default.
ALTER TABLE accounts ADD COLUMN preferences jsonb NOT NULL DEFAULT '{}';

-- Texts that a person uses again and again.
CREATE TABLE prompts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name text NOT NULL,
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX prompts_of_account ON prompts (account_id, name, id);

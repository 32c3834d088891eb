-- migrate:up
-- The account of a single-user server has no password, so nobody signs in to it.
ALTER TABLE accounts
    ADD COLUMN password_hash text,
    ADD COLUMN is_admin boolean NOT NULL DEFAULT false,
    ADD COLUMN disabled_at timestamptz,
    -- Nobody uses the account from then on, while its data is being removed.
    ADD COLUMN deleted_at timestamptz;
CREATE INDEX accounts_deleted ON accounts (deleted_at) WHERE deleted_at IS NOT NULL;

-- A session is known by the SHA-256 of its token, which only the browser has.
CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
    user_agent text NOT NULL,
    address text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_of_account ON sessions (account_id, used_at DESC, id DESC);
CREATE INDEX sessions_used ON sessions (used_at);

CREATE TABLE invitations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL CONSTRAINT invitations_token_hash_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

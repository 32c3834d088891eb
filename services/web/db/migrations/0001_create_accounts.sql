-- migrate:up
CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT accounts_name_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

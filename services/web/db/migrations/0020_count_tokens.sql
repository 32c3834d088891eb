-- migrate:up
-- What an account's answers have used on a day (UTC), be their chats deleted since. Without a foreign
-- key: it would lock the account's row after a chat, the other way round than a deletion does.
CREATE TABLE token_counts (
    account_id bigint NOT NULL,
    day date NOT NULL,
    tokens bigint NOT NULL,
    PRIMARY KEY (account_id, day)
);

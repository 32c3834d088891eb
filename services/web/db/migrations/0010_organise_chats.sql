-- migrate:up
-- How a person keeps chats in order. `given_title` is the person's own title, `active_at` the time of
-- the newest message; without one, the chat counts as active since it was created.
ALTER TABLE chats
    ADD COLUMN given_title text,
    ADD COLUMN active_at timestamptz,
    ADD COLUMN pinned_at timestamptz,
    ADD COLUMN archived_at timestamptz,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN is_unread boolean NOT NULL DEFAULT false,
    ADD COLUMN is_temporary boolean NOT NULL DEFAULT false;

UPDATE chats SET active_at = (SELECT max(created_at) FROM messages WHERE chat_id = chats.id);

CREATE INDEX chats_listed ON chats (account_id, coalesce(active_at, created_at) DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX chats_temporary ON chats (created_at) WHERE is_temporary;

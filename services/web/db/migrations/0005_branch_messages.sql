-- migrate:up
-- A chat is a tree: messages with the same parent are versions of each other, and one of them is
-- selected. What the chat shows is the path of selected messages from its beginning.
ALTER TABLE messages
    ADD COLUMN parent_id bigint,
    ADD COLUMN selected boolean NOT NULL DEFAULT true;

UPDATE messages SET parent_id = earlier.parent_id
FROM (
    SELECT id, lag(id) OVER (PARTITION BY chat_id ORDER BY id) AS parent_id FROM messages
) AS earlier
WHERE messages.id = earlier.id;

DROP INDEX messages_of_chat;

ALTER TABLE messages
    ADD CONSTRAINT messages_of_chat UNIQUE (chat_id, id),
    ADD CONSTRAINT messages_parent_of_chat
        FOREIGN KEY (chat_id, parent_id) REFERENCES messages (chat_id, id) ON DELETE CASCADE,
    -- So the ids grow along every path, and a path has an end.
    ADD CONSTRAINT messages_parent_is_earlier CHECK (parent_id < id);

CREATE INDEX messages_of_parent ON messages (chat_id, parent_id, id);
CREATE UNIQUE INDEX messages_one_selected ON messages (chat_id, parent_id)
    NULLS NOT DISTINCT WHERE selected;

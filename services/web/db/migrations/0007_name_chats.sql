-- migrate:up
-- A title from the prompt stands in until a model has found a better one.
ALTER TABLE chats
    ADD COLUMN title_source text NOT NULL DEFAULT 'none'
        CHECK (title_source IN ('none', 'prompt', 'model')),
    ADD COLUMN title_tries integer NOT NULL DEFAULT 0;

UPDATE chats SET title_source = 'prompt' WHERE title IS NOT NULL;

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_words ON messages
    USING gin (to_tsvector('simple', left(content, 50000))) WITH (gin_pending_list_limit = 1024);

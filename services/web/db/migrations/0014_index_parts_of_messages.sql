-- migrate:up transaction:false
-- An answer is stored faster into a list, which is sorted into the index when it has 1 MB.
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_grams ON messages USING gin (search_grams(content))
    WITH (gin_pending_list_limit = 1024);

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS chats_pinned ON chats (account_id, pinned_at DESC, id DESC)
    WHERE pinned_at IS NOT NULL;

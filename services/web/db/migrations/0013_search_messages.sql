-- migrate:up
-- What of a text is indexed to find a part of it: every three characters in a row, in lower case,
-- and because a word of Chinese may have one or two, each character that is no ASCII letter, digit or
-- space, alone and with the next. Of a long text the first 50,000 characters count.
CREATE FUNCTION search_grams(content text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000
AS $$
    SELECT coalesce(array_agg(three) FILTER (WHERE length(three) = 3), '{}')
        || coalesce(array_agg(one) FILTER (WHERE is_word), '{}')
        || coalesce(array_agg(two) FILTER (WHERE is_word), '{}')
    FROM (
        SELECT one, one || lead(one, 1, '') OVER () AS two,
            one || lead(one, 1, '') OVER () || lead(one, 2, '') OVER () AS three,
            one !~ '[a-z0-9[:space:]]' AS is_word
        FROM unnest(string_to_array(lower(left(content, 50000)), NULL)) AS characters (one)
    ) AS grams
$$;

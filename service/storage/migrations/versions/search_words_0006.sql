-- How a text is written does not matter to those who look for it: letters lose their case and their accents, ligatures
-- and wide forms become what they stand for. Greek and Cyrillic are spelt out for databases whose locale is C.
CREATE OR REPLACE FUNCTION pieloop.fold(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) = length(written) THEN lower(written) ELSE (
        SELECT CASE WHEN bare ~ '[øØłŁđĐðÐıςΑ-ΩА-ЯЂ-Џ]' THEN translate(bare,
            'øØłŁđĐðÐıςАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ',
            'oollddddiσабвгдежзиклмнопрстуфхцчшщъыьэюяђєѕіјљњћџαβγδεζηθικλμνξοπρστυφχψω') ELSE bare END
        FROM (SELECT normalize(regexp_replace(
            lower(normalize(
                replace(replace(replace(replace(replace(written,
                    'ß', 'ss'), 'ẞ', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'),
                NFKD)),
            '[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670]', '', 'g'
        ), NFC) AS bare) AS stripped
    ) END
$$;

-- A folded text in its terms, in their order: words between spaces and punctuation, a `c++` or `c#` whole and without
-- its sign at the same place; of writing without spaces, and of pictures, every two characters that stand together,
-- and the last one.
CREATE OR REPLACE FUNCTION pieloop.terms(folded text)
RETURNS TABLE (term text, place bigint, kind "char") LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH run AS (
        SELECT found[1] AS dense, found[2] AS word, number
        FROM regexp_matches(
            folded,
            '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff'
            '\uac00-\ud7af\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff]+)'
            '|([^\u0001-/:-@[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f'
            '\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3000-\u31ff\u3400-\u4dbf\u4e00-\u9fff'
            '\uac00-\ud7af\uf900-\ufaff\ufe00-\ufe0f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65'
            '\U0001f000-\U0001faff\U00020000-\U0003ffff]+(?:\+\+?|#)?)',
            'g'
        ) WITH ORDINALITY AS matched (found, number)
    ), piece AS (
        SELECT left(word, 64) AS term, number, 1 AS step, 'w'::"char" AS kind FROM run WHERE word IS NOT NULL
        UNION ALL
        SELECT
            letter || coalesce(lead(letter) OVER next_one, ''),
            number,
            step,
            (CASE WHEN lead(letter) OVER next_one IS NULL THEN 'e' ELSE 'd' END)::"char"
        FROM run, unnest(string_to_array(dense, NULL)) WITH ORDINALITY AS letters (letter, step)
        WHERE dense IS NOT NULL
        WINDOW next_one AS (PARTITION BY number ORDER BY step)
    ), placed AS (
        SELECT term, row_number() OVER (ORDER BY number, step) AS place, kind FROM piece
    )
    SELECT term, place, kind FROM placed
    UNION ALL
    SELECT rtrim(term, '+#'), place, 's' FROM placed WHERE kind = 'w' AND term ~ '[+#]$'
$$;

-- The words of a text, for its index: ours and the stems of pyfedi's. Of a very long text the beginning. Most texts are
-- plain ASCII without signs; those PostgreSQL splits likewise, in a fifth of the time.
CREATE OR REPLACE FUNCTION pieloop.words(written text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('pg_catalog.english', start) || CASE
        WHEN octet_length(start) = length(start) AND start !~ '[+#]' THEN
            to_tsvector('pg_catalog.simple', translate(start, '!"$%&''()*,-./:;<=>?@[\]^_`{|}~', repeat(' ', 30)))
        ELSE (
            SELECT coalesce(string_agg('''' || term || ''':' || least(place, 16383), ' '), '')::tsvector
            FROM pieloop.terms(pieloop.fold(start))
        )
    END
    FROM (SELECT left(written, 20000) AS start) AS beginning
$$;

-- What somebody looks for, as they type it on the web: all of the words, "in this order", -not this, one OR another.
-- A word also finds what begins like it, and a longer one what ends a little differently.
CREATE OR REPLACE FUNCTION pieloop.asked(wanted text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    part record;
    said text;
    found_by text := '';
    joint text := ' & ';
BEGIN
    FOR part IN
        SELECT matched[1] = '-' AS without, matched[2] AS phrase, matched[3] AS plain
        FROM regexp_matches(left(wanted, 500), '(?:^|\s)(-?)"([^"]*)"|(-?[^\s"]+)', 'g') AS matched
        LIMIT 20
    LOOP
        IF part.plain = 'OR' AND found_by <> '' THEN
            joint := ' | ';
            CONTINUE;
        END IF;
        SELECT string_agg(
            '''' || CASE
                WHEN kind = 'w' AND part.plain IS NOT NULL AND length(term) >= 6 THEN left(term, -1) || ''':*'
                WHEN kind = 'w' AND part.plain IS NOT NULL AND length(term) >= 3 THEN term || ''':*'
                WHEN kind = 'e' AND many = 1 THEN term || ''':*'
                ELSE term || ''''
            END,
            CASE WHEN part.plain IS NULL OR dense THEN ' <-> ' ELSE ' & ' END ORDER BY place
        ) INTO said
        FROM (
            SELECT *, bool_or(kind IN ('d', 'e')) OVER () AS dense, count(*) OVER () AS many, max(place) OVER () AS last
            FROM pieloop.terms(pieloop.fold(ltrim(coalesce(part.phrase, part.plain), '-')))
            WHERE kind <> 's'
            ORDER BY place
            LIMIT 20
        ) AS split
        -- What is looked for may go on where it was written.
        WHERE kind <> 'e' OR many = 1 OR place < last;
        IF said IS NULL THEN
            CONTINUE;
        END IF;
        said := CASE WHEN part.without OR part.plain LIKE '-_%' THEN '!(' || said || ')' ELSE '(' || said || ')' END;
        found_by := CASE WHEN found_by = '' THEN said ELSE found_by || joint || said END;
        joint := ' & ';
    END LOOP;
    -- English knows neither signs nor its most frequent words: a `C++` would be any `C`, "The Who" nothing at all.
    IF wanted ~ '[+#"]' THEN
        RETURN found_by::tsquery;
    END IF;
    RETURN found_by::tsquery || websearch_to_tsquery('pg_catalog.english', left(wanted, 500));
END $$;

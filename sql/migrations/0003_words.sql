-- The specifications spell one thing in several ways; a trigger writes each in ours.

-- 'Tuesday', 'Tue', 'TUE' -> 'tue'; anything else stays and fails the column's check.
create function app.day_words(words text[]) returns text[] language sql immutable parallel safe set search_path = ''
as $$ select array_agg(left(lower(trim(w)), 3) order by n) from unnest(words) with ordinality u (w, n) $$;
create function app.are_days(words text[]) returns boolean language sql immutable parallel safe set search_path = ''
as $$ select words <@ '{mon,tue,wed,thu,fri,sat,sun}' $$;

-- [{"start": 15, "end": 17}, ...]: whole or half hours from 0 to 24; an end before its start passes midnight.
create function app.are_hours(windows jsonb) returns boolean language sql immutable parallel safe set search_path = ''
as $$
    select jsonb_typeof(windows) = 'array' and not exists (
        select from jsonb_array_elements(case when jsonb_typeof(windows) = 'array' then windows else '[]' end) w
         where jsonb_typeof(w -> 'start') is distinct from 'number' or jsonb_typeof(w -> 'end') is distinct from 'number'
            or (w ->> 'start')::numeric not between 0 and 24 or (w ->> 'end')::numeric not between 0 and 24)
$$;
grant execute on function app.day_words(text[]), app.are_days(text[]), app.are_hours(jsonb) to authenticated, service_role;

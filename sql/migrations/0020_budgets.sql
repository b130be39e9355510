-- Rate budgets: what a platform still takes, counted here before it has to say no. A token bucket for each limit of an
-- account, and one for each limit that all accounts of this installation share (an app's). Limits are the dated facts of
-- platform_limits; what a platform tells of its own counting corrects ours.

-- The limits that a send counts against: of all posts, or of one format's (Facebook counts reels). Others are about reading.
create view app.sending_limits with (security_invoker = true) as
    select distinct on (l.platform_id, l.name)
           p.slug as platform, l.name, l.value as capacity,
           case l.unit when 'per minute' then 60 when 'per 15 minutes' then 900 when 'per hour' then 3600 else 86400 end as per_seconds,
           l.name like '%\_per\_app' or p.slug = 'youtube' as shared,  -- YouTube counts uploads by project
           l.content_format as only_for
      from public.platform_limits l
      join public.platforms p on p.id = l.platform_id
     where l.value > 0 and l.unit in ('per minute', 'per 15 minutes', 'per hour', 'per day')
       and case when l.content_format is null
                then l.name in ('posts_per_day', 'posts_per_15_minutes', 'posts_per_hour', 'posts_per_day_per_app', 'uploads_per_day', 'inits_per_minute',
                                'messages_per_minute', 'units_per_day')
                else l.name in ('reels_per_day') end
     order by l.platform_id, l.name, l.checked_on desc;
comment on view app.sending_limits is 'The limits of platform_limits that a send counts against, the newest of each.';

create table app.shared_budgets (
    platform text not null,
    environment text not null check (environment in ('sandbox', 'live')),
    name text not null,
    capacity numeric not null check (capacity > 0),
    remaining numeric not null,
    per_seconds numeric not null check (per_seconds > 0),
    blocked_until timestamptz,
    filled_at timestamptz not null,
    primary key (platform, environment, name)
);
comment on table app.shared_budgets is 'What is left of limits that all accounts of one platform share here: an app has them, not an account.';
call app.guard_private('app.shared_budgets');

-- Whoever waits for several buckets locks them in one order, or two publishers wait for each other: by platform; of one, what is shared
-- before the accounts', in every environment; accounts by their ids; all by name.
create function app.lock_budgets(slug text, space uuid, connection uuid) returns void language sql security definer set search_path = ''
as $$
    select from app.shared_budgets b where b.platform = slug order by b.environment, b.name for update;
    select from public.rate_budgets b where b.workspace_id = space and b.platform_connection_id = connection order by b.name for update;
$$;

-- Makes the buckets that are missing, and follows a limit that changed, unless the platform itself told another one. An insert that
-- meets a row locks it, so that these go in the same order.
create function app.open_budgets(space uuid, connection uuid, slug text, at timestamptz) returns void
language sql security definer set search_path = ''
as $$
    select app.lock_budgets(slug, space, connection);
    insert into app.shared_budgets as b (platform, environment, name, capacity, remaining, per_seconds, filled_at)
    select slug, e.env, l.name, l.capacity, l.capacity, l.per_seconds, at
      from app.sending_limits l cross join (values ('live'), ('sandbox')) e (env) where l.platform = slug and l.shared order by e.env, l.name
    on conflict (platform, environment, name) do update
       set capacity = excluded.capacity, per_seconds = excluded.per_seconds, remaining = least(b.remaining, excluded.capacity)
     where (b.capacity, b.per_seconds) is distinct from (excluded.capacity, excluded.per_seconds);
    insert into public.rate_budgets as b (workspace_id, platform_connection_id, name, capacity, remaining, per_seconds, only_for, filled_at)
    select space, connection, l.name, l.capacity, l.capacity, l.per_seconds, l.only_for, at
      from app.sending_limits l where l.platform = slug and not l.shared order by l.name
    on conflict (workspace_id, platform_connection_id, name) do update
       set capacity = excluded.capacity, per_seconds = excluded.per_seconds, remaining = least(b.remaining, excluded.capacity)
     where b.told_at is null and (b.capacity, b.per_seconds) is distinct from (excluded.capacity, excluded.per_seconds);
$$;

-- How full a bucket is at a moment.
create function app.bucket_level(capacity numeric, remaining numeric, per_seconds numeric, filled_at timestamptz, at timestamptz) returns numeric
language sql immutable parallel safe set search_path = ''
as $$ select least(capacity, remaining + greatest(extract(epoch from at - filled_at), 0) * capacity / per_seconds) $$;

-- What a platform tells is believed for a day: no limit is counted over more, and a clock or a unit that is wrong must not hold
-- an account's posts for years.
create function app.at_most_a_day(until timestamptz, at timestamptz) returns timestamptz
language sql stable strict parallel safe set search_path = ''
as $$ select least(until, at + interval '24 hours') $$;

-- Takes up to `wanted` tokens for posts of an account, of a `format` that has a limit of its own or (null) of another: out of every
-- bucket that counts for them, or out of none. `back_at` says when the
-- next token is there, where fewer were granted than wanted, `apart` how many seconds lie between that one and the one after.
-- The buckets stay locked until the transaction ends.
create function app.take_tokens(space uuid, connection uuid, wanted int, format text, at timestamptz,
                                out granted int, out back_at timestamptz, out apart float8)
language plpgsql security definer set search_path = ''
as $$
declare
    slug text;
    env text;
    bucket record;
    free numeric;
begin
    granted := wanted;
    apart := 0;
    select c.platform, c.environment into slug, env from public.platform_connections c where c.workspace_id = space and c.id = connection;
    perform app.open_budgets(space, connection, slug, at);
    for bucket in
        select b.capacity, b.per_seconds, b.blocked_until, app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at) as level
          from public.rate_budgets b
         where b.workspace_id = space and b.platform_connection_id = connection and (b.only_for is null or b.only_for = format)
        union all
        select b.capacity, b.per_seconds, b.blocked_until, app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at)
          from app.shared_budgets b where b.platform = slug and b.environment = env
    loop
        free := case when bucket.blocked_until > at then 0 else greatest(floor(bucket.level), 0) end;
        apart := greatest(apart, (bucket.per_seconds / bucket.capacity)::float8);
        if free < wanted then
            back_at := greatest(back_at, bucket.blocked_until,
                                at + make_interval(secs => (greatest(1 - (bucket.level - free), 0) * bucket.per_seconds / bucket.capacity)::float8));
        end if;
        granted := least(granted, free);
    end loop;
    if granted > 0 then
        update public.rate_budgets b
           set remaining = app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at) - granted, filled_at = greatest(b.filled_at, at)
         where b.workspace_id = space and b.platform_connection_id = connection and (b.only_for is null or b.only_for = format);
        update app.shared_budgets b
           set remaining = app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at) - granted, filled_at = greatest(b.filled_at, at)
         where b.platform = slug and b.environment = env;
    end if;
end $$;

-- What the platform told of its own counting for an account: so many left; none (0 or null), and none before `until`. Its word goes
-- to the bucket with the shortest window; a platform whose limits we do not know gets a bucket for its word. That it takes none
-- for a while empties no bucket: afterwards it takes as many as we count.
create function app.correct_budget(space uuid, connection uuid, told int, until timestamptz, at timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
declare
    shortest uuid;
begin
    perform from public.rate_budgets b where b.workspace_id = space and b.platform_connection_id = connection order by b.name for update;
    select b.id into shortest from public.rate_budgets b
     where b.workspace_id = space and b.platform_connection_id = connection and b.only_for is null order by b.per_seconds, b.name limit 1;
    if shortest is null then
        insert into public.rate_budgets (workspace_id, platform_connection_id, name, capacity, remaining, per_seconds, filled_at)
        values (space, connection, 'told', 1000000, 1000000, 1, at)
        on conflict (workspace_id, platform_connection_id, name) do update set filled_at = excluded.filled_at
        returning id into shortest;
    end if;
    update public.rate_budgets b
       set remaining = least(app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at), nullif(told, 0)),
           filled_at = greatest(b.filled_at, at),
           blocked_until = case when coalesce(told, 0) = 0 then app.at_most_a_day(greatest(until, b.blocked_until), at) else b.blocked_until end
     where b.workspace_id = space and b.id = shortest;
end $$;

-- What the platform told of one limit by name: `told` of `most` in a day are left until `until`. One that all accounts of an app
-- share is told in the answer to each of them: where others count on it just now it is left to them.
create function app.correct_named_budget(space uuid, connection uuid, budget text, told int, most int, until timestamptz, at timestamptz)
returns void language plpgsql security definer set search_path = ''
as $$
declare
    slug text;
    env text;
begin
    select c.platform, c.environment into slug, env from public.platform_connections c where c.workspace_id = space and c.id = connection;
    if exists (select from app.shared_budgets b where b.platform = slug and b.environment = env and b.name = budget) then
        update app.shared_budgets b
           set remaining = least(app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at), nullif(told, 0)),
               filled_at = greatest(b.filled_at, at), blocked_until = case when told = 0 then app.at_most_a_day(greatest(until, b.blocked_until), at) else b.blocked_until end
          from (select s.platform, s.environment, s.name from app.shared_budgets s
                 where s.platform = slug and s.environment = env and s.name = budget for update skip locked) free
         where b.platform = free.platform and b.environment = free.environment and b.name = free.name;
        return;
    end if;
    perform from public.rate_budgets b where b.workspace_id = space and b.platform_connection_id = connection order by b.name for update;
    insert into public.rate_budgets as b (workspace_id, platform_connection_id, name, capacity, remaining, per_seconds, filled_at, told_at, blocked_until)
    values (space, connection, budget, greatest(most, 1), greatest(most, 1), 86400, at, at, case when told = 0 then app.at_most_a_day(until, at) end)
    on conflict (workspace_id, platform_connection_id, name) do nothing;
    update public.rate_budgets b
       set capacity = greatest(most, 1), told_at = at, filled_at = greatest(b.filled_at, at),
           remaining = least(app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at), nullif(told, 0)),
           blocked_until = case when told = 0 then app.at_most_a_day(greatest(until, b.blocked_until), at) else b.blocked_until end
     where b.workspace_id = space and b.platform_connection_id = connection and b.name = budget;
end $$;

-- A token that was taken and not used, because nothing was sent.
create function app.return_token(space uuid, connection uuid, format text) returns void language sql security definer set search_path = ''
as $$
    select app.lock_budgets(c.platform, space, connection) from public.platform_connections c where c.workspace_id = space and c.id = connection;
    update public.rate_budgets b set remaining = least(b.capacity, b.remaining + 1)
     where b.workspace_id = space and b.platform_connection_id = connection and (b.only_for is null or b.only_for = format);
    update app.shared_budgets b set remaining = least(b.capacity, b.remaining + 1)
      from public.platform_connections c
     where c.workspace_id = space and c.id = connection and b.platform = c.platform and b.environment = c.environment;
$$;

grant select on app.sending_limits to service_role;
grant execute on function app.return_token(uuid, uuid, text) to service_role;
grant execute on function app.bucket_level(numeric, numeric, numeric, timestamptz, timestamptz) to authenticated, service_role;
grant execute on function app.take_tokens(uuid, uuid, int, text, timestamptz) to service_role;
grant execute on function app.correct_named_budget(uuid, uuid, text, int, int, timestamptz, timestamptz) to service_role;
grant execute on function app.correct_budget(uuid, uuid, int, timestamptz, timestamptz) to service_role;

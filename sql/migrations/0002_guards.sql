-- The guards that every table shares: tenancy, time stamps, status transitions, audit.
-- A module's file creates its table and then says `call app.guard(...)`: one line that gives the
-- table its policies, grants and triggers, so that no table can forget one.

-- The caller, for policies. auth.uid() itself would be taken for a mistake by Supabase's linter, which wants
-- a sub-select around it; a policy with a sub-select is one that Citus refuses (docs/decisions/0003).
create function app.me() returns uuid language sql stable parallel safe set search_path = ''
as $$ select auth.uid() $$;
grant execute on function app.me() to authenticated;

-- The caller, where a person has to act: nobody, when it is a key that acts in somebody's name.
create function app.person() returns uuid language sql stable parallel safe set search_path = ''
as $$ select case when auth.jwt() ->> 'key' is null then auth.uid() end $$;
grant execute on function app.person() to authenticated;

create function app.role_rank(role text) returns int language sql immutable parallel safe set search_path = ''
as $$ select case role when 'owner' then 4 when 'admin' then 3 when 'editor' then 2 when 'viewer' then 1 else 0 end $$;
grant execute on function app.role_rank(text) to authenticated, service_role;

-- The time stamp triggers, under the three names that the specifications use.
create function public.update_updated_at_column() returns trigger language plpgsql set search_path = ''
as $$ begin new.updated_at = now(); return new; end $$;
create function public.set_updated_at() returns trigger language plpgsql set search_path = ''
as $$ begin new.updated_at = now(); return new; end $$;
create function public.update_updated_at() returns trigger language plpgsql set search_path = ''
as $$ begin new.updated_at = now(); return new; end $$;

-- Statuses move only along known edges. `old_value` null is the state that a new row may start in;
-- `only_service` edges are taken by the system, never by a signed-in user.
create table app.status_transitions (
    relation text not null,
    attribute text not null,
    old_value text,
    new_value text not null,
    only_service boolean not null default false,
    unique nulls not distinct (relation, attribute, old_value, new_value)
);
comment on table app.status_transitions is 'Which status may follow which; the guard trigger reads it.';

create function app.may_move(relation text, attribute text, before text, after text, by_user boolean) returns boolean
language sql stable security definer set search_path = ''
as $$
    select exists (
        select from app.status_transitions t
         where t.relation = may_move.relation and t.attribute = may_move.attribute
           and t.old_value is not distinct from before and t.new_value = after
           and not (t.only_service and by_user))
$$;
grant execute on function app.may_move(text, text, text, text, boolean) to authenticated, service_role;

-- Runs as whoever writes: a signed-in user's own statement is `authenticated`; the system is the
-- service role, or the owner inside one of its functions.
create function app.guard_transition() returns trigger language plpgsql set search_path = ''
as $$
declare
    attribute text := tg_argv[0];
    before text := case when tg_op = 'UPDATE' then to_jsonb(old) ->> attribute end;
    after text := to_jsonb(new) ->> attribute;
begin
    if tg_op = 'UPDATE' and before is not distinct from after then
        return new;
    end if;
    if not app.may_move(tg_table_name, attribute, before, after, current_user = 'authenticated') then
        raise exception using
            errcode = '23514', table = tg_table_name, column = attribute, constraint = tg_table_name || '_' || attribute || '_transition',
            message = format('%s.%s cannot go from %s to %s', tg_table_name, attribute, coalesce(before, 'new'), coalesce(after, 'null'));
    end if;
    return new;
end $$;

-- Where a new row belongs when its insert does not say: the workspace of the transaction, else that
-- of its parent row (arguments: 'column', 'parent table', ...), else the caller's personal one.
-- The service role has no workspace of its own and must name it or a parent.
create function app.take_workspace() returns trigger language plpgsql set search_path = ''
as $$
declare
    fields jsonb;
    i int := 0;
begin
    if new.workspace_id is not null then
        return new;
    end if;
    if current_user <> 'service_role' then
        new.workspace_id := nullif(current_setting('app.workspace_id', true), '')::uuid;
    end if;
    fields := to_jsonb(new);
    while new.workspace_id is null and i < tg_nargs loop
        if fields ->> tg_argv[i] is not null then
            execute format('select workspace_id from public.%I where id = $1', tg_argv[i + 1])
               into new.workspace_id using (fields ->> tg_argv[i])::uuid;
        end if;
        i := i + 2;
    end loop;
    if new.workspace_id is null and current_user <> 'service_role' then
        new.workspace_id := app.personal_workspace();
    end if;
    if new.workspace_id is null then
        raise exception using errcode = '23502', table = tg_table_name, column = 'workspace_id',
            message = format('a new row of %s must name its workspace or a parent', tg_table_name);
    end if;
    return new;
end $$;

-- Policies, grants and triggers of one tenant table.
--   reads, adds, changes, removes   the least role that may, null: no signed-in user may
--   adds_when, changes_when, removes_when   a further condition on the row
--   own              a column that must hold the caller: the row is its user's own
--   common           ... and where it is null, the workspace's: all members read it, admins write it
--   author           a column that a new row must fill with the caller (default auth.uid())
--   hidden           columns that no signed-in user reads
--   settable         columns that a signed-in user may set on insert; null: all but generated ones
--   changeable       columns that a signed-in user may change; null: settable ones except
--                    id, workspace_id, author and created_at
--   parents          'column', 'table', ... for app.take_workspace
--   shared           also global rows (workspace_id null) that everybody reads and the service writes
--   audited          null: not; else the columns that the audit log must leave out
create procedure app.guard(
    relation regclass,
    reads text default 'viewer',
    adds text default 'editor',
    changes text default 'editor',
    removes text default 'editor',
    adds_when text default null,
    changes_when text default null,
    removes_when text default null,
    own text default null,
    common boolean default false,
    author text default null,
    hidden text[] default '{}',
    settable text[] default null,
    changeable text[] default null,
    parents text[] default '{}',
    shared boolean default false,
    audited text[] default null
)
language plpgsql set search_path = ''
as $$
declare
    name text := (select relname from pg_catalog.pg_class where oid = relation);
    all_columns text[] := array(
        select attname from pg_catalog.pg_attribute
         where attrelid = relation and attnum > 0 and not attisdropped order by attnum);
    written text[] := array(
        select attname from pg_catalog.pg_attribute
         where attrelid = relation and attnum > 0 and not attisdropped and attgenerated = '' order by attnum);
    mine text := case
        when own is null then ''
        when common then format(' and (%1$I = app.me() or (%1$I is null and workspace_id = any ((app.mine(''admin'')).ids)))', own)
        else format(' and %I = app.me()', own) end;
    mine_to_read text := case
        when own is null then '' when common then format(' and (%1$I = app.me() or %1$I is null)', own) else mine end;
    authored text := case when author is not null then format(' and %I = app.me()', author) else '' end;
    members text := 'workspace_id = any ((app.mine(%L)).ids)';
    columns text;
begin
    call app.force_policies(relation);
    execute format('grant select, insert, update, delete on %s to service_role', relation);

    if reads is not null then
        execute format('create policy %I on %s for select to authenticated using (%s)', name || '_member_select', relation,
            case when shared then '(' || format(members, reads) || mine_to_read || ') or workspace_id is null'
                 else format(members, reads) || mine_to_read end);
        if hidden = '{}' then
            execute format('grant select on %s to authenticated', relation);
        else
            columns := (select string_agg(quote_ident(c), ', ') from unnest(all_columns) c where c <> all (hidden));
            execute format('grant select (%s) on %s to authenticated', columns, relation);
        end if;
    end if;
    if adds is not null then
        execute format('create policy %I on %s for insert to authenticated with check (%s)', name || '_member_insert', relation,
            format(members, adds) || mine || authored || coalesce(' and (' || adds_when || ')', ''));
        columns := (select string_agg(quote_ident(c), ', ') from unnest(coalesce(settable, written)) c);
        execute format('grant insert (%s) on %s to authenticated', columns, relation);
    end if;
    if changes is not null then
        execute format('create policy %I on %s for update to authenticated using (%s) with check (%s)', name || '_member_update', relation,
            format(members, changes) || mine || coalesce(' and (' || changes_when || ')', ''), format(members, changes) || mine);
        columns := (
            select string_agg(quote_ident(c), ', ') from unnest(coalesce(changeable, settable, written)) c
             where changeable is not null
                or c <> all (array['id', 'workspace_id', 'created_at', 'updated_at', coalesce(own, 'id'), coalesce(author, 'id')]));
        execute format('grant update (%s) on %s to authenticated', columns, relation);
    end if;
    if removes is not null then
        execute format('create policy %I on %s for delete to authenticated using (%s)', name || '_member_delete', relation,
            format(members, removes) || mine || coalesce(' and (' || removes_when || ')', ''));
        execute format('grant delete on %s to authenticated', relation);
    end if;

    -- The first in alphabetical order, so that every other trigger sees the workspace. In a shared table
    -- only users' rows need one: the service leaves it out to write a global row.
    execute format('create trigger a_take_workspace before insert on %s for each row %s execute function app.take_workspace(%s)',
        relation, case when shared then 'when (current_user = ''authenticated'')' else '' end,
        (select coalesce(string_agg(quote_literal(p), ', '), '') from unnest(parents) p));
    call app.stamp(relation);
    if audited is not null then
        execute format('create trigger z_audit after insert or update or delete on %s for each row execute function public.log_audit(%s)',
            relation, (select coalesce(string_agg(quote_literal(c), ', '), '') from unnest(audited) c));
    end if;
    call app.index_keys(relation);
end $$;

-- Row-level security that binds the owner too, with a policy for it and one for the service.
create procedure app.force_policies(relation regclass) language plpgsql set search_path = ''
as $$
declare
    name text := (select relname from pg_catalog.pg_class where oid = relation);
begin
    execute format('alter table %s enable row level security', relation);
    execute format('alter table %s force row level security', relation);
    execute format('create policy %I on %s to current_user using (true) with check (true)', name || '_owner', relation);
    execute format('create policy %I on %s to service_role using (true) with check (true)', name || '_service', relation);
    -- Supabase used to grant new tables to everybody by default.
    execute format('revoke all on %s from public, anon, authenticated, service_role', relation);
end $$;

-- An index for each foreign key that none yet starts with.
create procedure app.index_keys(relation regclass) language plpgsql set search_path = ''
as $$
declare
    name text := (select relname from pg_catalog.pg_class where oid = relation);
    key record;
begin
    for key in
        select c.conkey, array_agg(a.attname order by k.position) as columns
          from pg_catalog.pg_constraint c
          cross join lateral unnest(c.conkey) with ordinality k (number, position)
          join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
         where c.conrelid = relation and c.contype = 'f' and c.conparentid = 0
         group by c.oid, c.conkey
    loop
        if not exists (
            select from pg_catalog.pg_index i
             where i.indrelid = relation and i.indpred is null
               and (i.indkey::int2[])[0:cardinality(key.conkey) - 1] = key.conkey)
        then
            execute format('create index %I on %s (%s)', left(name || '_' || key.columns[cardinality(key.columns)], 58) || '_idx',
                relation, (select string_agg(quote_ident(c), ', ') from unnest(key.columns) c));
        end if;
    end loop;
end $$;

-- The `updated_at` trigger, where the table has the column.
create procedure app.stamp(relation regclass) language plpgsql set search_path = ''
as $$
begin
    if exists (select from pg_catalog.pg_attribute where attrelid = relation and attname = 'updated_at' and not attisdropped) then
        execute format('create trigger trg_updated_at before update on %s for each row execute function public.update_updated_at_column()', relation);
    end if;
end $$;

-- A table that no workspace owns: platforms, limits, rates. Everybody reads, only the service writes.
create procedure app.guard_reference(relation regclass) language plpgsql set search_path = ''
as $$
declare
    name text := (select relname from pg_catalog.pg_class where oid = relation);
begin
    call app.force_policies(relation);
    execute format('create policy %I on %s for select to authenticated using (true)', name || '_read', relation);
    execute format('grant select, insert, update, delete on %s to service_role', relation);
    execute format('grant select on %s to authenticated', relation);
    call app.stamp(relation);
    call app.index_keys(relation);
end $$;

-- A table that only the owner's functions touch.
create procedure app.guard_private(relation regclass) language plpgsql set search_path = ''
as $$
begin
    execute format('alter table %s enable row level security', relation);
    execute format('alter table %s force row level security', relation);
    execute format('create policy private on %s to current_user using (true) with check (true)', relation);
    execute format('revoke all on %s from public, anon, authenticated, service_role', relation);
    call app.stamp(relation);
    call app.index_keys(relation);
end $$;

-- A trigger that holds a status column to app.status_transitions.
-- edges: {{from, to}, ...}, 'new' for the start; `by_service`: those that only the system takes.
create procedure app.guard_status(relation regclass, attribute text, edges text[][], by_service text[][] default '{}')
language plpgsql set search_path = ''
as $$
declare
    name text := (select relname from pg_catalog.pg_class where oid = relation);
    edge text[];
begin
    -- The start of a row stands as 'new'; FOREACH cannot slice an empty array.
    if edges <> '{}' then
        foreach edge slice 1 in array edges loop
            insert into app.status_transitions values (name, attribute, nullif(edge[1], 'new'), edge[2], false);
        end loop;
    end if;
    if by_service <> '{}' then
        foreach edge slice 1 in array by_service loop
            insert into app.status_transitions values (name, attribute, nullif(edge[1], 'new'), edge[2], true);
        end loop;
    end if;
    execute format('create trigger c_guard_%s before insert or update of %I on %s for each row execute function app.guard_transition(%L)',
        attribute, attribute, relation, attribute);
end $$;

call app.guard_private('app.status_transitions');

-- The audit log: one trigger for all three verbs; the columns named as arguments are left out.
create table public.audit_log (
    id uuid primary key default app.new_id(),
    workspace_id uuid,
    table_name text not null,
    record_id uuid not null,
    action text not null check (action in ('INSERT', 'UPDATE', 'DELETE')),
    old_data jsonb,
    new_data jsonb,
    user_id uuid default auth.uid(),
    key_id uuid,
    origin text,
    created_at timestamptz not null default now()
);
comment on table public.audit_log is 'Who changed what: append-only, admins read. No foreign keys: it outlives what it tells of.';
comment on column public.audit_log.key_id is 'The key that acted in the name of user_id, where it was one.';
comment on column public.audit_log.origin is 'By which way: web, cli, api, api:<key name>, csv, mcp; null where the system itself acted.';
-- Each filter of the log's page is an index that ends in the order of its cursor.
create index audit_log_workspace_idx on public.audit_log (workspace_id, created_at desc, id desc);
create index audit_log_person_idx on public.audit_log (workspace_id, user_id, created_at desc, id desc);
create index audit_log_kind_idx on public.audit_log (workspace_id, table_name, created_at desc, id desc);
create index audit_log_record_idx on public.audit_log (workspace_id, record_id, created_at desc, id desc);

create function public.log_audit() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    hidden text[] := coalesce(tg_argv, '{}');  -- null where the trigger has no arguments
    was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - hidden end;
    is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - hidden end;
    any_row jsonb := coalesce(is_now, was);
    claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
    if tg_op = 'UPDATE' and was - 'updated_at' = is_now - 'updated_at' then
        return null;
    end if;
    insert into public.audit_log (workspace_id, table_name, record_id, action, old_data, new_data, user_id, key_id, origin)
    values (
        coalesce(any_row ->> 'workspace_id', case when tg_table_name = 'workspaces' then any_row ->> 'id' end)::uuid,
        tg_table_name, coalesce(any_row ->> 'id', any_row ->> 'user_id')::uuid, tg_op, was, is_now, auth.uid(),
        (claims ->> 'key')::uuid, nullif(current_setting('app.origin', true), ''));
    return null;
end $$;

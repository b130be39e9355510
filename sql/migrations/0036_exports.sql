-- Data rights: archives of what a person or a workspace has, and an account that is deleted.

create table public.exports (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    kind text not null check (kind in ('person', 'workspace')),
    status text not null default 'waiting' check (status in ('waiting', 'running', 'ready', 'failed', 'expired')),
    attempt int not null default 0,
    rows_total bigint,
    rows_done bigint not null default 0,
    bytes_total bigint,
    bytes_done bigint not null default 0,
    path text,
    size_bytes bigint,
    sha256 text,
    error text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    beat_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    removed_at timestamptz,
    unique (workspace_id, id)
);
comment on table public.exports is 'Archives of the rows and media of a person or a workspace: asked for, made in the background, kept for a week. Their maker''s own.';
comment on column public.exports.workspace_id is 'The workspace that is exported; of a person''s data their personal one.';
comment on column public.exports.attempt is 'How often it was begun; whoever began it earlier may no longer finish it.';
comment on column public.exports.beat_at is 'Kept by the worker that makes it; long silent: begun again.';
comment on column public.exports.bytes_done is 'Bytes of media.';
comment on column public.exports.path is 'Its place among the archives.';
comment on column public.exports.removed_at is 'Its maker wants it no longer.';
comment on column public.exports.error is 'In words, what went wrong.';
-- One of each kind at a time, of each person in each workspace.
create unique index exports_under_way on public.exports (workspace_id, user_id, kind) where status in ('waiting', 'running') and removed_at is null;
create index exports_user_idx on public.exports (user_id, created_at desc);
create index exports_created_idx on public.exports (workspace_id, created_at desc);
call app.guard('public.exports', adds => 'viewer', changes => 'viewer', removes => null, own => 'user_id',
    adds_when => $$app.person() is not null and (
        (kind = 'person' and workspace_id = app.personal_workspace()) or (kind = 'workspace' and workspace_id = any ((app.mine('admin')).ids)))$$,
    changes_when => 'removed_at is null and app.person() is not null',
    settable => '{id,workspace_id,user_id,kind}', changeable => '{removed_at}');
call app.guard_status('public.exports', 'status', '{{new,waiting}}',
    by_service => '{{waiting,running},{waiting,failed},{running,ready},{running,failed},{ready,expired}}');

-- The column that makes a row somebody's own, so that not even the admins of its workspace read it: asked of the
-- table's policy, so that what is exported cannot differ from what is read. Null: its rows are the workspace's.
create function app.own_column(relation oid) returns text language sql stable set search_path = ''
as $$
    select (regexp_match(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '\((\w+) = app\.(?:me|person)\(\)\)'))[1]
      from pg_catalog.pg_policy p
     where p.polrelid = relation and p.polcmd = 'r' and 'authenticated'::regrole = any (p.polroles)
$$;
grant execute on function app.own_column(oid) to authenticated, service_role;

-- What an export holds, table by table, as queries: every table that has a workspace, each column that a signed-in
-- user may read. Asked of the catalogue: a new table is part of it from its first day, a hidden column never.
-- A person's export is their personal workspace, and what is theirs elsewhere.
create function app.export_plan(kind text, who uuid, place uuid) returns table (name text, query text)
language plpgsql stable set search_path = ''
as $$
declare
    relation record;
    here text;
    own text;
begin
    for relation in
        select c.oid, c.relname,
               string_agg(format('t.%I', a.attname), ', ' order by a.attnum)
                   filter (where pg_catalog.has_column_privilege('authenticated', c.oid, a.attnum, 'select')) as readable,
               bool_or(a.attname = 'workspace_id') as placed,
               pg_catalog.pg_get_expr(p.polqual, p.polrelid) as rule
          from pg_catalog.pg_class c
          join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          join pg_catalog.pg_policy p on p.polrelid = c.oid and p.polcmd = 'r' and 'authenticated'::regrole = any (p.polroles)
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         group by c.oid, c.relname, p.polqual, p.polrelid order by c.relname
    loop
        own := app.own_column(relation.oid);
        here := format('t.workspace_id = %L', place);
        if own is not null then
            here := here || case when relation.rule like format('%%(%s IS NULL)%%', own)
                                 then format(' and (t.%1$I = %2$L or t.%1$I is null)', own, who) else format(' and t.%I = %L', own, who) end;
        end if;
        here := case
            when relation.relname = 'users' and kind = 'person' then format('t.id = %L', who)
            when relation.relname = 'workspaces' and kind = 'person' then format(
                't.deleted_at is null and t.id in (select m.workspace_id from public.workspace_members m where m.user_id = %L)', who)
            when relation.relname = 'workspaces' then format('t.id = %L', place)
            when not relation.placed then null
            when kind = 'person' and own is not null then format('(%s) or t.%I = %L', here, own, who)
            when kind = 'person' and relation.relname in ('workspace_members', 'api_keys', 'comments') then format('%s or t.user_id = %L', here, who)
            else here end;
        if here is not null and relation.readable is not null then
            name := relation.relname;
            query := format('select %s from public.%I t where %s', relation.readable, relation.relname, here);
            return next;
        end if;
    end loop;
    -- Who the ids of the rows are: what admins see on the page of members.
    if kind = 'workspace' then
        name := 'people';
        query := format('select u.id, u.full_name, u.email, m.role from public.workspace_members m
            join public.users u on u.id = m.user_id where m.workspace_id = %L', place);
        return next;
    end if;
end $$;
grant execute on function app.export_plan(text, uuid, uuid) to service_role;

-- How many rows an export of the caller's would hold now; nothing where they may not have it.
create function app.export_counts(kind text, place uuid) returns table (name text, rows bigint)
language plpgsql stable security definer set search_path = ''
as $$
declare
    part record;
begin
    if app.person() is null or (kind = 'workspace' and not place = any (app.my_workspaces('admin')))
       or (kind = 'person' and place is distinct from app.personal_workspace()) then
        return;
    end if;
    for part in select p.name, p.query from app.export_plan(kind, app.person(), place) p loop
        name := part.name;
        execute format('select count(*) from (%s) r', part.query) into rows;
        return next;
    end loop;
end $$;
grant execute on function app.export_counts(text, uuid) to authenticated;

-- Deleting an account. It is final and at once; what other people share stays.

-- Media whose rows went with a workspace: their bytes go after the commit, and survive no crash in between.
create table app.loose_media (
    place text primary key,
    noted_at timestamptz not null default now()
);
comment on table app.loose_media is 'Files of deleted accounts whose bytes are still to be removed.';
comment on column app.loose_media.place is 'A file''s id; of a picture of a person the path.';
call app.guard_private('app.loose_media');

create function app.loose_media(most int) returns setof text language sql stable security definer set search_path = ''
as $$ select l.place from app.loose_media l order by l.noted_at limit most $$;
create function app.forgot_media(gone text[]) returns void language sql security definer set search_path = ''
as $$ delete from app.loose_media l where l.place = any (gone) $$;
grant execute on function app.loose_media(int), app.forgot_media(text[]) to service_role;

-- What becomes of each workspace of the caller when their account goes.
--   goes    nobody else has it: it is deleted with all that it holds
--   blocks  others have it and none of them owns it: the caller gives it away or deletes it first
--   stays   somebody else owns it, too
create function app.leaving()
returns table (workspace_id uuid, name text, environment text, personal boolean, fate text, members int,
               accounts bigint, drafts bigint, scheduled bigint, published bigint, files bigint)
language sql stable security definer set search_path = ''
as $$
    with mine as (
        select w.id, w.name, w.environment, w.personal_of is not null as personal,
               (select count(*)::int from public.workspace_members o where o.workspace_id = w.id) as members,
               exists (select from public.workspace_members o join public.users u on u.id = o.user_id
                        where o.workspace_id = w.id and o.user_id <> app.person() and o.role = 'owner' and u.is_active) as owned,
               m.role = 'owner' as owner, w.deleted_at is not null as deleted
          from public.workspace_members m join public.workspaces w on w.id = m.workspace_id
         where m.user_id = app.person()
    )
    select f.id, f.name, f.environment, f.personal, f.fate, f.members,
           (select count(*) from public.platform_connections x where x.workspace_id = f.id),
           (select count(*) from public.content_adaptations x where x.workspace_id = f.id),
           (select count(*) from public.scheduled_posts x where x.workspace_id = f.id and x.status = 'scheduled'),
           (select count(*) from public.published_posts x where x.workspace_id = f.id),
           (select count(*) from public.files x where x.workspace_id = f.id)
      from (select m.*, case when m.owned or not m.owner then 'stays'
                             when m.members = 1 or m.deleted then 'goes' else 'blocks' end as fate
              from mine m) f
     order by f.fate, f.personal desc, f.name
$$;
grant execute on function app.leaving() to authenticated;

-- Deletes the caller's account: sessions and keys end at once, memberships too; workspaces that nobody else has go. The
-- row of the user stays as a former member without name and address, for what they made in workspaces of others.
create function app.delete_me() returns void
language plpgsql security definer set search_path = ''
as $$
declare
    me uuid := app.person();
    going uuid[];
    stays uuid[];
begin
    perform 1 from public.users u where u.id = me and u.is_active for update;
    if not found then
        raise exception using errcode = '42501', message = 'only a person deletes their account';
    end if;
    if exists (select from public.users u where u.id = me
                  and (u.external_id = 'postwright:operator' or coalesce((to_jsonb(u) ->> 'is_operator')::boolean, false))) then
        raise exception using errcode = '23514', table = 'users', constraint = 'users_operator_stays',
            message = 'the account that runs this server cannot be deleted';
    end if;
    select array_agg(l.workspace_id) filter (where l.fate = 'goes'), array_agg(l.workspace_id) filter (where l.fate = 'stays' and l.personal)
      into going, stays from app.leaving() l;
    if exists (select from app.leaving() l where l.fate = 'blocks') then
        raise exception using errcode = '23514', table = 'workspace_members', constraint = 'workspace_members_last_owner',
            message = 'a workspace keeps at least one owner: make somebody else owner first';
    end if;
    -- Posts before their workspaces, as the publisher does. What is being sent now has to end first.
    perform 1 from public.scheduled_posts p where p.workspace_id = any (going) and p.status in ('scheduled', 'processing') order by p.id for update;
    if exists (select from public.scheduled_posts p where p.workspace_id = any (going) and p.status = 'processing') then
        raise exception using errcode = '23514', table = 'scheduled_posts', constraint = 'scheduled_posts_being_sent',
            message = 'a post is being sent right now: try again in a minute';
    end if;
    insert into app.loose_media (place)
    select f.id::text from public.files f where f.workspace_id = any (going)
    union all
    select 'people/' || (regexp_match(u.avatar_url, '^/people/[0-9a-f-]{36}/pictures/([0-9a-f-]{36})$'))[1] || '.webp'
      from public.users u
     where u.id = me and u.avatar_url ~ ('^/people/' || me || '/pictures/[0-9a-f-]{36}$')
       and not exists (select from public.users o where o.id <> me and o.avatar_url like '%' || right(u.avatar_url, 36))
    on conflict do nothing;
    update public.workspaces w set personal_of = null where w.id = any (stays);
    delete from public.workspaces w where w.id = any (going);
    perform app.forget_workspaces(going);
    perform app.forget_person(me);
end $$;
grant execute on function app.delete_me() to authenticated;

-- What only names a workspace and hangs on no key: the audit log, raw events.
create function app.forget_workspaces(gone uuid[]) returns void language plpgsql set search_path = ''
as $$
declare
    loose regclass;
begin
    for loose in
        select c.oid from pg_catalog.pg_class c
          join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
         where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') and not c.relispartition
           and not exists (select from pg_catalog.pg_constraint f where f.conrelid = c.oid and f.confrelid = 'public.workspaces'::regclass)
    loop
        execute format('delete from %s where workspace_id = any ($1)', loose) using gone;
    end loop;
end $$;

-- A person's own rows, wherever they lie: how they sign in, what only they read, their places and their keys.
create function app.forget_person(who uuid) returns void language plpgsql set search_path = ''
as $$
declare
    own record;
    address text := (select u.email from public.users u where u.id = who);
begin
    -- What others were told of them ("bob@example.com accepted ...") tells it of a former member.
    update public.notifications n
       set title = replace(n.title, address, 'A former member'), body = replace(n.body, address, 'A former member')
     where n.workspace_id in (select m.workspace_id from public.workspace_members m where m.user_id = who)
       and position(address in n.title || ' ' || coalesce(n.body, '')) > 0;
    for own in
        select c.oid::regclass as relation, app.own_column(c.oid) as attribute
          from pg_catalog.pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and c.oid <> 'public.users'::regclass and app.own_column(c.oid) is not null
        union all
        select f.conrelid::regclass, a.attname
          from pg_catalog.pg_constraint f
          join pg_catalog.pg_class c on c.oid = f.conrelid and c.relnamespace = 'app'::regnamespace
          join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
         where f.contype = 'f' and f.confrelid = 'public.users'::regclass
    loop
        execute format('delete from %s where %I = $1', own.relation, own.attribute) using who;
    end loop;
    delete from public.api_keys k where k.user_id = who;
    delete from public.workspace_members m where m.user_id = who;
    update public.invitations i set email = who || '@deleted.invalid' where i.accepted_by = who;
    update public.users u
       set email = who || '@deleted.invalid', full_name = 'A former member', avatar_url = null, timezone = 'UTC', locale = 'en',
           week_start = 1, preferences = '{}', tone_of_voice = null, is_active = false, external_id = null, email_verified_at = null
     where u.id = who;
end $$;

-- Its maker is told how it ended, wherever they look by then.
create function app.tell_export() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    perform app.notify(
        new.workspace_id, array[new.user_id],
        case new.status when 'ready' then 'export_ready' else 'export_failed' end,
        case when new.status = 'failed' then 'Your export could not be made'
             when new.kind = 'person' then 'Your data can be downloaded' else 'The data of this workspace can be downloaded' end,
        case new.status when 'ready' then 'The archive is kept for seven days.' else new.error end,
        '/settings/data', 'export:' || new.id);
    return null;
end $$;
create trigger tell_export after update of status on public.exports
    for each row when (new.status in ('ready', 'failed') and old.status is distinct from new.status and new.removed_at is null)
    execute function app.tell_export();

-- Live updates: what changed goes to the channel `postwright_changes` as {workspace, table, id, item, status},
-- one message a row, or one a workspace ({..., "id": null}) where a statement touched many. `postwright_due`
-- wakes the publisher. A listener that missed one still polls: a message is a hint, never the truth.

create function app.tell_changes() returns trigger language plpgsql set search_path = ''
as $$
begin
    if (select count(*) from changed) > 50 then
        perform pg_notify('postwright_changes', json_build_object('workspace', w, 'table', tg_table_name, 'id', null, 'item', null, 'status', null)::text)
           from (select distinct workspace_id as w from changed) c;
    else
        perform pg_notify('postwright_changes', json_build_object(
                    'workspace', c.workspace_id, 'table', tg_table_name, 'id', c.id,
                    'item', to_jsonb(c) ->> 'schedule_item_id', 'status', to_jsonb(c) ->> 'status')::text)
           from changed c;
    end if;
    return null;
end $$;

-- As above, without the rows in which only a lease was renewed.
create function app.tell_updates() returns trigger language plpgsql set search_path = ''
as $$
begin
    if (select count(*) from changed) > 50 then
        perform pg_notify('postwright_changes', json_build_object('workspace', w, 'table', tg_table_name, 'id', null, 'item', null, 'status', null)::text)
           from (select distinct workspace_id as w from changed) c;
    else
        perform pg_notify('postwright_changes', json_build_object(
                    'workspace', c.workspace_id, 'table', tg_table_name, 'id', c.id,
                    'item', to_jsonb(c) ->> 'schedule_item_id', 'status', to_jsonb(c) ->> 'status')::text)
           from changed c join was w on w.id = c.id
          where to_jsonb(c) - '{updated_at,lease_expires_at}'::text[] <> to_jsonb(w) - '{updated_at,lease_expires_at}'::text[];
    end if;
    return null;
end $$;

create procedure app.signal(relation regclass) language plpgsql set search_path = ''
as $$
begin
    execute format('create trigger tell_new after insert on %s referencing new table as changed for each statement execute function app.tell_changes()', relation);
    execute format('create trigger tell_changed after update on %s referencing old table as was new table as changed for each statement execute function app.tell_updates()', relation);
    execute format('create trigger tell_gone after delete on %s referencing old table as changed for each statement execute function app.tell_changes()', relation);
end $$;

call app.signal('public.content_schedule_items');
call app.signal('public.scheduled_posts');
call app.signal('public.content_adaptations');
call app.signal('public.platform_connections');

create function app.tell_due() returns trigger language plpgsql set search_path = ''
as $$ begin perform pg_notify('postwright_due', ''); return null; end $$;
create trigger tell_due after insert or update of status, scheduled_for, next_retry_at, approved_at on public.scheduled_posts
    for each row when (new.status = 'scheduled') execute function app.tell_due();

create table public.worker_heartbeats (
    worker_id text primary key,
    kind text not null,
    pid int,
    started_at timestamptz not null default now(),
    beat_at timestamptz not null default now()
);
comment on table public.worker_heartbeats is 'Which publishers and job runners are alive.';
create index worker_heartbeats_beat_idx on public.worker_heartbeats (kind, beat_at desc);
call app.guard_reference('public.worker_heartbeats');

create table public.notifications (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    kind text not null,
    title text not null,
    body text,
    link text,
    data jsonb not null default '{}',
    read_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id)
);
create index notifications_user_idx on public.notifications (user_id, created_at desc);
create index notifications_inbox_idx on public.notifications (workspace_id, user_id, created_at desc);
call app.guard('public.notifications', adds => null, changes => 'viewer', removes => 'viewer', own => 'user_id', changeable => '{read_at}');
call app.signal('public.notifications');

-- Event rows: every change of state of a post, a draft, an account and of publishing itself, written by triggers in the
-- transaction that makes it, never changed afterwards, kept for 30 days. Programs read them in order by a cursor; outgoing
-- webhooks read the same rows.
--
-- No reader skips one. Numbers of a sequence are given out before their transactions commit, so a later number can be seen
-- before an earlier one; a reader that remembers only the highest number would lose the earlier one. So each row also holds
-- its transaction's id, readers go by (xact, position), and they read no further than the oldest transaction that is still
-- under way (pg_snapshot_xmin): everything before it is final.

create table public.events (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    xact xid8 not null default pg_current_xact_id(),
    position bigint not null generated always as identity,
    kind text not null check (kind ~ '^(post|draft|account|publishing)\.[a-z_]+$'),
    subject uuid,
    at timestamptz not null default clock_timestamp(),
    actor uuid default auth.uid(),
    data jsonb not null default '{}',
    unique (workspace_id, id)
);
comment on table public.events is 'Every change of state of posts, drafts and accounts: append-only, 30 days, read in order by a cursor.';
comment on column public.events.xact is 'The transaction that wrote it: with position, the order in which readers go.';
comment on column public.events.position is 'Given out before the commit, so it says nothing by itself about the order in which rows become visible.';
comment on column public.events.subject is 'The post (content_schedule_items), draft or account; null: publishing as a whole. No foreign key: it outlives what it tells of.';
comment on column public.events.actor is 'Whoever did it; null: Postwright itself.';
create unique index events_order_idx on public.events (workspace_id, xact, position);
create index events_at_idx on public.events (at);
create index events_moves_idx on public.events (workspace_id, subject) where kind = 'post.moved';  -- for the story that a post's page tells
call app.guard('public.events', adds => null, changes => null, removes => null);
revoke insert, update on public.events from service_role;

-- A commitment's states, in the words of the interface.
create function app.post_event(was text, becomes text) returns text language sql immutable parallel safe set search_path = ''
as $$
    select case becomes
        when 'processing' then 'post.publishing' when 'completed' then 'post.published' when 'failed' then 'post.failed'
        when 'needs_review' then 'post.unconfirmed' when 'cancelled' then 'post.canceled'
        when 'scheduled' then case was when 'processing' then 'post.retrying' else 'post.scheduled' end end
$$;

create function app.record_commitments() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select n.workspace_id, case when n.requires_approval and n.approved_at is null then 'post.awaiting_approval' else 'post.scheduled' end,
           n.schedule_item_id,
           jsonb_build_object('platform', n.platform, 'account', n.platform_connection_id, 'scheduled_for', n.scheduled_for)
      from fresh n;
    return null;
end $$;

-- A lease that is renewed is no change of state: such a statement writes nothing here.
create function app.record_commitment_changes() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select n.workspace_id, e.kind, n.schedule_item_id,
           jsonb_build_object('platform', n.platform, 'account', n.platform_connection_id) || e.data
      from fresh n
      join stale o on o.id = n.id
     cross join lateral (values
           (case when o.status <> n.status then app.post_event(o.status, n.status) end,
            case when n.status = 'completed' then coalesce((
                     select jsonb_build_object('url', p.platform_url, 'remote_id', p.platform_post_id, 'published_at', p.published_at, 'by_hand', n.hand_off)
                       from public.published_posts p where p.workspace_id = n.workspace_id and p.id = n.published_post_id), '{}')
                 when n.status in ('failed', 'needs_review') then jsonb_build_object('error', n.error)
                 when n.status = 'scheduled' then jsonb_build_object('due_at', n.due_at, 'error', n.error)
                 else '{}' end),
           (case when o.scheduled_for <> n.scheduled_for then 'post.moved' end,
            jsonb_build_object('from', o.scheduled_for, 'to', n.scheduled_for)),
           (case when o.approved_at is null and n.approved_at is not null then 'post.approved' end, '{}'),
           (case when n.status = 'scheduled' and n.requires_approval and n.approved_at is null and (o.approved_at is not null or not o.requires_approval)
                 then 'post.awaiting_approval' end, jsonb_build_object('changed', n.content <> o.content or n.snapshot <> o.snapshot)),
           (case when n.error ->> 'class' = 'overdue' and o.error ->> 'class' is distinct from 'overdue' then 'post.overdue' end,
            jsonb_build_object('due_at', n.due_at))) e (kind, data)
     where e.kind is not null and n.schedule_item_id is not null;
    return null;
end $$;
create trigger record_new after insert on public.scheduled_posts referencing new table as fresh
    for each statement execute function app.record_commitments();
create trigger record_changed after update on public.scheduled_posts referencing old table as stale new table as fresh
    for each statement execute function app.record_commitment_changes();

-- The answer that keeps a post back; a yes its commitment tells.
create function app.record_refusal() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select new.workspace_id, 'post.changes_requested', p.schedule_item_id,
           jsonb_build_object('platform', p.platform, 'account', p.platform_connection_id, 'note', new.note)
      from public.scheduled_posts p where p.workspace_id = new.workspace_id and p.id = new.scheduled_post_id;
    return null;
end $$;
create trigger record_refusal after update of status on public.approvals for each row
    when (new.status = 'rejected' and old.status <> 'rejected') execute function app.record_refusal();

-- What became of a first comment, apart from its post.
create function app.record_comment() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select new.workspace_id,
           case new.status when 'sent' then 'post.comment_published' when 'failed' then 'post.comment_failed' else 'post.comment_unconfirmed' end,
           p.schedule_item_id,
           jsonb_build_object('platform', new.platform, 'account', new.platform_connection_id, 'part', new.part, 'remote_id', new.comment_id,
                              'error', case when new.status <> 'sent' then new.error end)
      from public.scheduled_posts p where p.workspace_id = new.workspace_id and p.id = new.scheduled_post_id and p.schedule_item_id is not null;
    return null;
end $$;
create trigger record_comment after update of status on public.first_comments for each row
    when (new.status <> old.status and new.status in ('sent', 'failed', 'unknown')) execute function app.record_comment();

-- Places in the plan, as long as nobody has committed to them: what happens afterwards its commitment tells.
create function app.record_plans() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select n.workspace_id, 'post.planned', n.id, jsonb_build_object('account', n.platform_connection_id, 'planned_for', n.scheduled_at)
      from fresh n;
    return null;
end $$;

create function app.record_plan_changes() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select n.workspace_id, e.kind, n.id, jsonb_build_object('account', n.platform_connection_id) || e.data
      from fresh n
      join stale o on o.id = n.id
     cross join lateral (values
           (case when n.status = 'canceled' and o.status = 'queued' then 'post.canceled'
                 when n.status = 'canceled' and o.status = 'failed' then 'post.dismissed'
                 when n.status = 'queued' and o.status = 'scheduled' then 'post.planned' end, jsonb_build_object('planned_for', n.scheduled_at)),
           (case when n.status = 'queued' and o.status = 'queued' and o.scheduled_at is distinct from n.scheduled_at then 'post.moved' end,
            jsonb_build_object('from', o.scheduled_at, 'to', n.scheduled_at))) e (kind, data)
     where e.kind is not null;
    return null;
end $$;

create function app.record_plans_gone() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select o.workspace_id, 'post.removed', o.id, jsonb_build_object('account', o.platform_connection_id)
      from stale o where exists (select from public.workspaces w where w.id = o.workspace_id);  -- not where the workspace itself goes
    return null;
end $$;
create trigger record_new after insert on public.content_schedule_items referencing new table as fresh
    for each statement execute function app.record_plans();
create trigger record_changed after update on public.content_schedule_items referencing old table as stale new table as fresh
    for each statement execute function app.record_plan_changes();
create trigger record_gone after delete on public.content_schedule_items referencing old table as stale
    for each statement execute function app.record_plans_gone();

-- What is taken down at the platform.
create function app.record_results() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    values (new.workspace_id, case new.status when 'deleted' then 'post.deleted' else 'post.confirmed' end, new.schedule_item_id,
            jsonb_build_object('platform', new.platform, 'account', new.platform_connection_id, 'url', new.platform_url,
                               'remote_id', new.platform_post_id, 'published_at', new.published_at));
    return null;
end $$;
create trigger record_result after update of status on public.published_posts for each row
    when (new.status = 'deleted' and old.status <> 'deleted' or new.status = 'published' and old.status = 'pending')
    execute function app.record_results();

create function app.record_drafts() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    values (new.workspace_id, case when tg_op = 'INSERT' then 'draft.made' when new.deleted_at is null then 'draft.restored' else 'draft.deleted' end,
            new.id, jsonb_build_object('title', new.title));
    return null;
end $$;
create trigger record_new after insert on public.content_adaptations for each row execute function app.record_drafts();
create trigger record_changed after update of deleted_at on public.content_adaptations for each row
    when ((old.deleted_at is null) <> (new.deleted_at is null)) execute function app.record_drafts();

create function app.record_accounts() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    account public.platform_connections := case when tg_op = 'DELETE' then old else new end;
    said jsonb := jsonb_build_object('platform', account.platform, 'handle', account.handle);
begin
    if tg_op = 'DELETE' and not exists (select from public.workspaces w where w.id = old.workspace_id) then
        return null;
    end if;
    insert into public.events (workspace_id, kind, subject, data)
    select account.workspace_id, e.kind, account.id, said || e.data
      from (values
           (case when tg_op = 'INSERT' then 'account.connected' when tg_op = 'DELETE' then 'account.removed' end, '{}'::jsonb),
           (case when tg_op = 'UPDATE' and old.is_active <> new.is_active
                 then case when new.is_active then 'account.connected' else 'account.disconnected' end end, '{}'),
           (case when tg_op = 'UPDATE' and old.health <> new.health then 'account.' || new.health end,
            jsonb_build_object('was', case when tg_op = 'UPDATE' then old.health end, 'error', account.last_error,
                               'suspended_at', account.suspended_at)),
           (case when tg_op = 'UPDATE' and (old.paused_at is null) <> (new.paused_at is null)
                 then case when new.paused_at is null then 'account.resumed' else 'account.paused' end end, '{}')) e (kind, data)
     where e.kind is not null;
    return null;
end $$;
-- Not `update of health`: fresh tokens heal an account in a trigger, and of that no column list learns.
create trigger record_account after insert or update or delete on public.platform_connections
    for each row execute function app.record_accounts();

-- One of the whole server is every workspace's.
create function app.record_pauses() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.events (workspace_id, kind, subject, data)
    select w.id, case when new.ended_at is null then 'publishing.paused' else 'publishing.resumed' end, null,
           jsonb_build_object('reason', new.reason, 'resumes_at', new.resumes_at, 'whole_server', new.workspace_id is null)
      from public.workspaces w where new.workspace_id is null or w.id = new.workspace_id;
    return null;
end $$;
create trigger record_new after insert on public.publishing_pauses for each row execute function app.record_pauses();
create trigger record_changed after update on public.publishing_pauses for each row
    when (old.ended_at is null and new.ended_at is not null) execute function app.record_pauses();

-- Those of more than 30 days go. How many there were.
create function app.prune_events(at timestamptz default now()) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
    gone bigint;
begin
    delete from public.events e where e.at < prune_events.at - interval '30 days';
    get diagnostics gone = row_count;
    return gone;
end $$;
grant execute on function app.prune_events(timestamptz) to service_role;

-- A backup that is restored into another server brings transaction ids that are not of that server: they are set back to 0, so
-- that what was written before the restore stands, by its positions, before everything that is written after it. A reader who
-- comes with a place of the server before goes on at its position.
create function app.settle_events() returns void language sql security definer set search_path = ''
as $$ update public.events set xact = '0' $$;

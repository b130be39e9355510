-- When things go wrong people know: the publisher's last sign of life, letters about notices, posts that a person posts by hand.

-- A publisher that stopped in good order leaves no heartbeat behind, but since when nobody publishes stays known.
create table app.last_beats (
    kind text primary key,
    beat_at timestamptz not null
);
comment on table app.last_beats is 'The last sign of life of workers that are gone.';
call app.guard_private('app.last_beats');

create function app.keep_last_beat() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into app.last_beats as b (kind, beat_at) values (old.kind, old.beat_at)
    on conflict (kind) do update set beat_at = greatest(b.beat_at, excluded.beat_at);
    return null;
end $$;
create trigger keep_last_beat after delete on public.worker_heartbeats for each row execute function app.keep_last_beat();

-- The youngest sign of life of a kind of worker, gone ones included; null when none ever ran.
create function app.last_beat(kind text) returns timestamptz language sql stable security definer set search_path = ''
as $$
    select greatest((select max(h.beat_at) from public.worker_heartbeats h where h.kind = last_beat.kind),
                    (select b.beat_at from app.last_beats b where b.kind = last_beat.kind))
$$;
grant execute on function app.last_beat(text) to authenticated, service_role;

-- For the web process, which shows each workspace its own: {beat, pauses: [{workspace, reason, since, until, who}]}.
create function app_auth.standing(at timestamptz) returns jsonb language sql stable security definer set search_path = ''
as $$
    select jsonb_build_object('beat', app.last_beat('publisher'), 'pauses', coalesce((
        select jsonb_agg(jsonb_build_object('workspace', p.workspace_id, 'reason', p.reason, 'since', p.began_at, 'until', p.resumes_at,
                   'who', case when p.workspace_id is null then 'Whoever runs this server' else coalesce(u.full_name, 'Somebody') end)
                   order by p.workspace_id nulls first)
          from public.publishing_pauses p left join public.users u on u.id = p.paused_by
         where p.ended_at is null and p.began_at <= at and p.ends_at > at), '[]'))
$$;
grant execute on function app_auth.standing(timestamptz) to app_auth;

-- Letters: which kinds of notices a person wants by e-mail. No row: as the kind suggests (postwright.notices.ways).
create table public.notice_preferences (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    kind text not null check (length(kind) between 1 and 60),
    email boolean not null,
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, user_id, kind)
);
comment on table public.notice_preferences is 'Which kinds of notices a person wants by e-mail in a workspace, where they chose.';
call app.guard('public.notice_preferences', adds => 'viewer', changes => 'viewer', removes => 'viewer', own => 'user_id',
    settable => '{id,workspace_id,user_id,kind,email}', changeable => '{email}');

-- One row for each notice that goes, or went, out by letter. Taken with a lease before the letter is handed over, and marked as
-- sent afterwards: a worker that dies in between sends it once more, never less than once.
create table public.notice_deliveries (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    notification_id uuid not null,
    user_id uuid not null references public.users (id) on delete cascade,
    way text not null default 'email' check (way in ('email', 'webhook', 'chat')),
    tries int not null default 0,
    next_try_at timestamptz not null default now(),
    sent_at timestamptz,
    ended_at timestamptz,
    error text,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, notification_id, way),
    foreign key (workspace_id, notification_id) references public.notifications (workspace_id, id) on delete cascade
);
comment on table public.notice_deliveries is 'What goes, or went, out by letter about a notice.';
comment on column public.notice_deliveries.next_try_at is 'While a letter is under way: when another worker may take it over.';
comment on column public.notice_deliveries.ended_at is 'Sent, or no longer wanted: read meanwhile, settled, too old, given up.';
comment on column public.notice_deliveries.error is 'What the mail server said last.';
create index notice_deliveries_due_idx on public.notice_deliveries (next_try_at) where ended_at is null;
call app.guard('public.notice_deliveries', adds => null, changes => null, removes => null, own => 'user_id');

-- Kinds that go out by letter unless a person chose otherwise; notices/ways.py says the same, and a test compares them.
create function app.mailed_by_default(kind text) returns boolean language sql immutable parallel safe set search_path = ''
as $$ select kind in ('post_failed', 'post_unconfirmed', 'account_reconnect', 'mention', 'key_expiring', 'hand_off', 'posts_overdue', 'figures_refused') $$;
grant execute on function app.mailed_by_default(text) to authenticated, service_role;

create function app.want_letters() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.notice_deliveries (workspace_id, notification_id, user_id)
    select n.workspace_id, n.id, n.user_id
      from fresh n
      left join public.notice_preferences p on p.workspace_id = n.workspace_id and p.user_id = n.user_id and p.kind = n.kind
     where coalesce(p.email, app.mailed_by_default(n.kind)) and n.read_at is null;
    return null;
end $$;
create trigger want_letters after insert on public.notifications referencing new table as fresh for each statement execute function app.want_letters();

-- Posts by hand: formats that a platform lets nobody publish by an interface are facts like its limits, with their source.
insert into public.platform_limits (platform_id, name, content_format, value, unit, detail, source, checked_on)
select p.id, 'by_hand', 'article', null, 'fact', 'Substack has no interface for publishing.',
       'https://support.substack.com/hc/en-us/articles/360038433912', '2026-11-01'
  from public.platforms p where p.slug = 'substack';

-- A commitment that a person carries out, and how far that is.
create table public.hand_offs (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    scheduled_post_id uuid not null,
    told_at timestamptz,
    reminded_at timestamptz,
    done_at timestamptz,
    done_by uuid references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, scheduled_post_id) references public.scheduled_posts (workspace_id, id) on delete cascade
);
comment on table public.hand_offs is 'Posts that a person posts by hand: told at its time, reminded a day later, missed after another.';
create unique index hand_offs_one_open on public.hand_offs (workspace_id, scheduled_post_id) where done_at is null;
create index hand_offs_open_idx on public.hand_offs (told_at nulls first) where done_at is null;
call app.guard('public.hand_offs', adds => null, changes => null, removes => null, parents => '{scheduled_post_id,scheduled_posts}');
insert into app.status_transitions values ('scheduled_posts', 'status', 'scheduled', 'completed', true);

-- By hand goes what the person said so of, and what no interface takes.
create function app.choose_hand() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    new.hand_off := exists (
        select from public.content_schedule_items i
         where i.workspace_id = new.workspace_id and i.id = new.schedule_item_id
           and (i.options @> '{"hand_off": true}'
                or exists (select from public.platform_limits l join public.platforms p on p.id = l.platform_id
                            where l.name = 'by_hand' and p.slug = new.platform
                              and l.content_format = coalesce(new.snapshot ->> 'format', i.content_format))));
    return new;
end $$;
create trigger e_choose_hand before insert on public.scheduled_posts for each row execute function app.choose_hand();

create function app.open_hand_off() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'UPDATE' then  -- a new time: it is told of anew
        update public.hand_offs h set told_at = null, reminded_at = null
         where h.workspace_id = new.workspace_id and h.scheduled_post_id = new.id and h.done_at is null;
        perform app.settle_notices(new.workspace_id, 'hand:' || new.schedule_item_id);
    else
        insert into public.hand_offs (workspace_id, scheduled_post_id) values (new.workspace_id, new.id);
    end if;
    return null;
end $$;
create trigger open_hand_off after insert on public.scheduled_posts for each row when (new.hand_off) execute function app.open_hand_off();
create trigger open_hand_off_again after update of scheduled_for on public.scheduled_posts for each row
    when (new.hand_off and old.scheduled_for <> new.scheduled_for) execute function app.open_hand_off();

-- The person chose the way before or after scheduling: back and forth as long as its time has not come and nothing is under way.
create function app.choose_way(item uuid, by_hand boolean) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
    place public.content_schedule_items;
begin
    select i.* into place from public.content_schedule_items i
     where i.id = item and i.workspace_id = any (app.my_workspaces('editor')) and i.status in ('queued', 'scheduled') for update;
    if not found then
        return false;
    end if;
    update public.content_schedule_items i
       set options = case when by_hand then i.options || '{"hand_off": true}' else i.options - 'hand_off' end
     where i.workspace_id = place.workspace_id and i.id = item;
    update public.scheduled_posts p set hand_off = by_hand
     where p.workspace_id = place.workspace_id and p.schedule_item_id = item and p.status = 'scheduled' and p.hand_off <> by_hand;
    if by_hand then
        insert into public.hand_offs (workspace_id, scheduled_post_id)
        select p.workspace_id, p.id from public.scheduled_posts p
         where p.workspace_id = place.workspace_id and p.schedule_item_id = item and p.status = 'scheduled'
        on conflict do nothing;
    else
        delete from public.hand_offs h using public.scheduled_posts p
         where h.workspace_id = place.workspace_id and p.workspace_id = h.workspace_id and p.id = h.scheduled_post_id
           and p.schedule_item_id = item and h.done_at is null;
        perform app.settle_notices(place.workspace_id, 'hand:' || item);
    end if;
    return true;
end $$;

-- "I posted it: here is the link." Null: no such post waits for a person.
create function app.post_by_hand(item uuid, url text, remote_id text, at timestamptz) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    post public.scheduled_posts;
    made uuid;
begin
    select p.* into post from public.scheduled_posts p
     where p.schedule_item_id = item and p.hand_off and p.status = 'scheduled' and p.workspace_id = any (app.my_workspaces('editor'))
       and (not p.requires_approval or p.approved_at is not null)
       for update;
    if not found then
        return null;
    end if;
    insert into public.published_posts (workspace_id, user_id, adaptation_id, platform_connection_id, schedule_item_id, platform, content_format,
                                        platform_post_id, platform_url, status, content, metadata, scheduled_for, published_at)
    values (post.workspace_id, post.user_id, post.adaptation_id, post.platform_connection_id, item, post.platform, post.snapshot ->> 'format',
            remote_id, url, 'published', post.content, jsonb_build_object('by_hand', auth.uid()), post.scheduled_for, at)
    returning id into made;
    update public.scheduled_posts p set status = 'completed', published_post_id = made, error = null, last_error = null
     where p.workspace_id = post.workspace_id and p.id = post.id;
    update public.hand_offs h set done_at = at, done_by = auth.uid()
     where h.workspace_id = post.workspace_id and h.scheduled_post_id = post.id;
    perform app.settle_notices(post.workspace_id, 'hand:' || item);
    return made;
end $$;
grant execute on function app.choose_way(uuid, boolean), app.post_by_hand(uuid, text, text, timestamptz) to authenticated;

-- One turn over the posts that wait for a person: {told, reminded, missed}.
create function app.turn_hand_offs(at timestamptz) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
    post record;
    told int := 0;
    reminded int := 0;
    missed int := 0;
begin
    for post in
        select p.*, h.id as hand, h.told_at, h.reminded_at, i.timezone as zone,
               (select x.name from public.platforms x where x.slug = p.platform) as platform_name,
               (select coalesce(c.handle, c.display_name) from public.platform_connections c
                 where c.workspace_id = p.workspace_id and c.id = p.platform_connection_id) as account
          from public.hand_offs h
          join public.scheduled_posts p on p.workspace_id = h.workspace_id and p.id = h.scheduled_post_id
          join public.content_schedule_items i on i.workspace_id = p.workspace_id and i.id = p.schedule_item_id
          join public.workspaces w on w.id = h.workspace_id and w.deleted_at is null
         where h.done_at is null and p.status = 'scheduled' and p.hand_off and p.due_at <= at
           and (not p.requires_approval or p.approved_at is not null)
           and (h.told_at is null or h.reminded_at is null and h.told_at <= at - interval '1 day' or h.reminded_at <= at - interval '1 day')
           for update of h, p skip locked
    loop
        if post.reminded_at is not null then
            -- Nobody did: it stands in the plan again, with its time passed.
            update public.scheduled_posts p set schedule_item_id = null where p.workspace_id = post.workspace_id and p.id = post.id;
            update public.content_schedule_items i set status = 'queued'
             where i.workspace_id = post.workspace_id and i.id = post.schedule_item_id and i.status = 'scheduled';
            delete from public.scheduled_posts p where p.workspace_id = post.workspace_id and p.id = post.id;
            insert into public.events (workspace_id, kind, subject, actor, data)
            values (post.workspace_id, 'post.missed', post.schedule_item_id, null,
                    jsonb_build_object('platform', post.platform, 'account', post.platform_connection_id));
            missed := missed + 1;
        elsif post.told_at is not null then
            perform app.notify_hand_off(post.workspace_id, post.user_id, post.schedule_item_id,
                format('Still to be posted by hand: %s %s', post.platform_name, post.account), post.content);
            update public.hand_offs h set reminded_at = at where h.workspace_id = post.workspace_id and h.id = post.hand;
            reminded := reminded + 1;
        else
            perform app.notify_hand_off(post.workspace_id, post.user_id, post.schedule_item_id,
                format('Post this by hand now: %s %s', post.platform_name, post.account), post.content);
            update public.hand_offs h set told_at = at where h.workspace_id = post.workspace_id and h.id = post.hand;
            insert into public.events (workspace_id, kind, subject, actor, data)
            values (post.workspace_id, 'post.hand_off', post.schedule_item_id, null,
                    jsonb_build_object('platform', post.platform, 'account', post.platform_connection_id));
            told := told + 1;
        end if;
    end loop;
    return jsonb_build_object('told', told, 'reminded', reminded, 'missed', missed);
end $$;
grant execute on function app.turn_hand_offs(timestamptz) to service_role;

-- To the person who scheduled it; where they have left, to owners and admins. A reminder is a notice of its own.
create function app.notify_hand_off(workspace uuid, author uuid, item uuid, title text, words text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
    perform app.settle_notices(workspace, 'hand:' || item);
    perform app.notify(workspace, coalesce(
            (select array_agg(m.user_id) from public.workspace_members m where m.workspace_id = workspace and m.user_id = author and m.suspended_at is null),
            (select array_agg(m.user_id) from public.workspace_members m where m.workspace_id = workspace and m.role in ('owner', 'admin'))),
        'hand_off', title, left(words, 300), '/posts/' || item || '/by-hand', 'hand:' || item);
end $$;

-- Posts that are held because their time passed: one notice to each author, until nothing of the workspace is held any more.
create function app.tell_overdue() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if new.status = 'scheduled' and new.error ->> 'class' = 'overdue' and old.error ->> 'class' is distinct from 'overdue' then
        perform app.notify(new.workspace_id, array[new.user_id], 'posts_overdue', 'Posts wait for your decision',
            'Their time passed while they could not go out, so they are held. Send them now, give them a new time, or cancel them.',
            '/today#overdue', 'overdue');
    elsif not exists (
        select from public.scheduled_posts p
         where p.workspace_id = new.workspace_id and p.id <> new.id and p.status = 'scheduled' and p.error ->> 'class' = 'overdue')
    then
        perform app.settle_notices(new.workspace_id, 'overdue');
    end if;
    return null;
end $$;
-- What got a new time is held no longer, and does not say so any more.
create function app.forget_overdue() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.error := null;
    new.last_error := null;
    return new;
end $$;
create trigger d_forget_overdue before update of scheduled_for on public.scheduled_posts for each row
    when (old.error ->> 'class' = 'overdue' and new.scheduled_for > old.scheduled_for) execute function app.forget_overdue();
create trigger tell_overdue after update of error on public.scheduled_posts for each row
    when (new.error ->> 'class' = 'overdue' and old.error ->> 'class' is distinct from 'overdue') execute function app.tell_overdue();
create trigger settle_overdue after update of status, scheduled_for on public.scheduled_posts for each row
    when (old.error ->> 'class' = 'overdue' and (new.status <> 'scheduled' or new.scheduled_for > old.scheduled_for)) execute function app.tell_overdue();

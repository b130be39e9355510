-- Timing knowledge, preferences, calendars, the plan, and what people say about it.

-- When a platform's audience is there. Global rows (workspace_id null) are the baseline; a workspace
-- overrides them with rows of its own. Versioned: the row in force has valid_to null.
create table public.platform_timing_data (
    id uuid primary key default app.new_id(),
    workspace_id uuid references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete cascade,
    platform_id uuid not null references public.platforms (id),
    days text[] not null check (app.are_days(days)),
    peak_hours jsonb not null check (app.are_hours(peak_hours)),
    posting_frequency_min int check (posting_frequency_min >= 0),
    posting_frequency_max int,
    daily_max int check (daily_max > 0),
    min_spacing_minutes int check (min_spacing_minutes >= 0),
    audience_segment text,
    content_format text,
    valid_from timestamptz not null default now(),
    valid_to timestamptz,
    source text,
    notes text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (posting_frequency_max >= posting_frequency_min),
    check (valid_to > valid_from)
);
comment on table public.platform_timing_data is 'When a platform''s audience is there and how often to post: the global baselines, and what a workspace knows better. Versioned.';
comment on column public.platform_timing_data.audience_segment is 'Null: everybody.';
comment on column public.platform_timing_data.content_format is 'Null: every format.';
comment on column public.platform_timing_data.min_spacing_minutes is 'Least time between two posts.';
comment on column public.platform_timing_data.valid_to is 'Null: in force. A new version ends the one before.';
comment on column public.platform_timing_data.source is 'The page that says so.';
comment on column public.platform_timing_data.days is 'mon .. sun, best first; peak_hours hold on these days.';
comment on column public.platform_timing_data.peak_hours is
    '[{"start": 15, "end": 17}, ...] in the zone of the audience, best first; "days": [...] where a window holds on some days only, "weight" 0..1 where one stands out.';
comment on column public.platform_timing_data.posting_frequency_min is 'Posts a week.';
comment on column public.platform_timing_data.posting_frequency_max is 'Posts a week.';
comment on column public.platform_timing_data.daily_max is 'Posts a day.';
create unique index platform_timing_data_in_force on public.platform_timing_data
    (workspace_id, user_id, platform_id, content_format, audience_segment) nulls not distinct where valid_to is null;
create index idx_timing_platform_active on public.platform_timing_data (platform_id, workspace_id) where valid_to is null;
create index platform_timing_data_platform_idx on public.platform_timing_data (platform_id);
create index platform_timing_data_user_idx on public.platform_timing_data (user_id);
create index platform_timing_data_workspace_idx on public.platform_timing_data (workspace_id, platform_id);
call app.guard('public.platform_timing_data', author => 'user_id', shared => true, removes => null);

create function app.write_timing_words() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.days := app.day_words(new.days);
    new.content_format := app.format_word(new.content_format, new.platform_id);
    return new;
end $$;
create trigger b_words before insert or update of days, content_format on public.platform_timing_data
    for each row execute function app.write_timing_words();

-- A new version of what is known ends the one before it.
create function app.end_former_timing() returns trigger language plpgsql set search_path = ''
as $$
begin
    update public.platform_timing_data t
       set valid_to = greatest(new.valid_from, t.valid_from + interval '1 microsecond')
     where t.workspace_id is not distinct from new.workspace_id and t.user_id is not distinct from new.user_id
       and t.platform_id = new.platform_id and t.content_format is not distinct from new.content_format
       and t.audience_segment is not distinct from new.audience_segment and t.valid_to is null and t.id <> new.id;
    return new;
end $$;
create trigger c_versions before insert on public.platform_timing_data
    for each row when (new.valid_to is null) execute function app.end_former_timing();

-- A user's wishes; where user_id is null, the workspace's.
create table public.user_scheduling_preferences (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete cascade,
    platform_id uuid references public.platforms (id),
    timezone text not null,
    posting_frequency_min int check (posting_frequency_min >= 0),
    posting_frequency_max int,
    daily_max int check (daily_max > 0),
    min_spacing_minutes int check (min_spacing_minutes >= 0),
    days_blacklist text[] check (app.are_days(days_blacklist)),
    hours_blacklist jsonb check (app.are_hours(hours_blacklist)),
    content_format text,
    quality_threshold numeric,
    metadata jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (posting_frequency_max >= posting_frequency_min)
);
comment on table public.user_scheduling_preferences is 'When and how often somebody, or the workspace, wants to post.';
comment on column public.user_scheduling_preferences.user_id is 'Null: the workspace''s.';
comment on column public.user_scheduling_preferences.posting_frequency_max is 'Posts a week.';
comment on column public.user_scheduling_preferences.daily_max is 'Posts a day.';
comment on column public.user_scheduling_preferences.min_spacing_minutes is 'Least time between two posts.';
comment on column public.user_scheduling_preferences.days_blacklist is 'mon .. sun.';
comment on column public.user_scheduling_preferences.hours_blacklist is '[{"start": 0, "end": 5}, ...]';
comment on column public.user_scheduling_preferences.quality_threshold is 'The figure that a trial must reach before more is posted.';
comment on column public.user_scheduling_preferences.platform_id is 'Null: for all platforms.';
comment on column public.user_scheduling_preferences.posting_frequency_min is 'Posts a week.';
create unique index idx_prefs_user_platform on public.user_scheduling_preferences
    (workspace_id, user_id, platform_id, content_format) nulls not distinct;
create index user_scheduling_preferences_user_idx on public.user_scheduling_preferences (user_id, platform_id);
call app.guard('public.user_scheduling_preferences', adds => 'viewer', changes => 'viewer', removes => 'viewer', own => 'user_id', common => true,
    audited => '{}');

create function app.write_preference_words() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.days_blacklist := app.day_words(new.days_blacklist);
    if new.platform_id is not null then
        new.content_format := app.format_word(new.content_format, new.platform_id);
    end if;
    return new;
end $$;
create trigger b_words before insert or update of days_blacklist, content_format on public.user_scheduling_preferences
    for each row execute function app.write_preference_words();

create table public.content_calendar (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    description text,
    timezone text,
    bulk_job_id uuid,
    is_default boolean not null default false,
    archived_at timestamptz,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    owned_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, bulk_job_id) references public.bulk_jobs (workspace_id, id) on delete set null (bulk_job_id)
);
comment on table public.content_calendar is 'Calendars: groups of posts. Each workspace has a default one.';
comment on column public.content_calendar.timezone is 'IANA zone; null: the workspace''s.';
comment on column public.content_calendar.created_by is 'Who made it.';
comment on column public.content_calendar.owned_by is 'Whose preferences rule the calendar. A calendar outlives its people.';
create unique index content_calendar_default on public.content_calendar (workspace_id) where is_default;
create index content_calendar_created_by_idx on public.content_calendar (created_by, created_at desc);
call app.guard('public.content_calendar', author => 'created_by', removes => null,
    settable => '{id,workspace_id,name,description,timezone,bulk_job_id,created_by,owned_by}',
    changeable => '{name,description,timezone,bulk_job_id,owned_by,archived_at}');

create function app.first_calendar() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    -- No zone of its own: it follows the workspace's until somebody gives it one.
    insert into public.content_calendar (workspace_id, name, is_default, created_by, owned_by)
    values (new.id, 'Calendar', true, new.created_by, new.created_by);
    return null;
end $$;
create trigger first_calendar after insert on public.workspaces for each row execute function app.first_calendar();

-- The preferences that rule a calendar: its owner's before the workspace's, the more specific before the general.
create function app.ruling_preferences(calendar uuid) returns setof public.user_scheduling_preferences
language sql stable security definer set search_path = ''
as $$
    select p.*
      from public.content_calendar c
      join public.user_scheduling_preferences p on p.workspace_id = c.workspace_id and (p.user_id = c.owned_by or p.user_id is null)
     where c.id = calendar and c.workspace_id = any (app.my_workspaces())
     order by p.user_id is null, p.platform_id is null, p.content_format is null
$$;
grant execute on function app.ruling_preferences(uuid) to authenticated;

-- A post in the plan. `scheduled_at` is derived from wall time, zone and fold (kit/time.py), so that
-- 09:00 stays 09:00 when a zone changes its rules.
create table public.content_schedule_items (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    calendar_id uuid not null,
    platform_id uuid not null references public.platforms (id),
    platform_connection_id uuid,
    account_key uuid,
    adaptation_id uuid,
    assembled_content_id uuid,
    output_id uuid,
    video_job_id uuid,
    bulk_job_id uuid,
    content jsonb,
    content_format text,
    options jsonb not null default '{}',
    labels text[] not null default '{}',
    planned_start timestamptz,
    planned_end timestamptz,
    scheduled_at timestamptz,
    wall_time timestamp,
    timezone text,
    fold smallint not null default 0 check (fold in (0, 1)),
    locked boolean not null default false,
    slot_reason text,
    slot_value numeric,
    status text not null default 'queued',
    idempotency_key text,
    dedupe_key text,
    origin text not null default 'web',
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (status in ('queued', 'scheduled', 'posted', 'failed', 'canceled')),
    check (num_nonnulls(adaptation_id, assembled_content_id, output_id, video_job_id) <= 1),
    check (planned_end >= planned_start),
    foreign key (workspace_id, calendar_id) references public.content_calendar (workspace_id, id) on delete cascade,
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete set null (adaptation_id),
    foreign key (workspace_id, output_id) references public.outputs (workspace_id, id) on delete set null (output_id),
    foreign key (workspace_id, assembled_content_id) references public.cf_assembled_content (workspace_id, id) on delete set null (assembled_content_id),
    foreign key (workspace_id, video_job_id) references public.video_jobs (workspace_id, id) on delete set null (video_job_id),
    foreign key (workspace_id, bulk_job_id) references public.bulk_jobs (workspace_id, id) on delete set null (bulk_job_id)
);
comment on column public.content_schedule_items.adaptation_id is 'The draft. At most one of the four references is set.';
comment on column public.content_schedule_items.planned_start is 'The slot it was planned for; scheduled_at may have moved since.';
comment on column public.content_schedule_items.scheduled_at is 'When it goes out, UTC: derived from wall_time, timezone and fold.';
comment on column public.content_schedule_items.wall_time is 'What the clock shows there then.';
comment on column public.content_schedule_items.fold is '1: the second time that the clock shows it, when clocks go back.';
comment on column public.content_schedule_items.locked is 'Replanning leaves it where it is.';
comment on column public.content_schedule_items.slot_value is '0 to 100: how good the slot is.';
comment on column public.content_schedule_items.status is 'queued = planned.';
comment on column public.content_schedule_items.dedupe_key is 'Equal ones are the same in business terms.';
comment on column public.content_schedule_items.options is 'What the platform is told besides the content.';
comment on table public.content_schedule_items is 'A post. planned = queued here; scheduled = a row of scheduled_posts stands behind it.';
comment on column public.content_schedule_items.content is 'The content itself where no draft is referred to: the shape of one variant.';
comment on column public.content_schedule_items.slot_reason is 'Why this slot, in words that a person reads.';
comment on column public.content_schedule_items.account_key is
    'platform_connection_id as it was last set, by trigger: tells the posts of accounts apart that were removed.';
comment on column public.content_schedule_items.video_job_id is 'The asset, where it comes from the factory.';
-- The same content never stands twice in one slot of one account.
create unique index content_schedule_items_one_slot on public.content_schedule_items
    (workspace_id, platform_id, account_key, coalesce(adaptation_id, assembled_content_id, output_id, video_job_id), coalesce(scheduled_at, planned_start))
    nulls not distinct
    where status <> 'canceled' and num_nonnulls(adaptation_id, assembled_content_id, output_id, video_job_id) = 1;
create unique index content_schedule_items_idempotency on public.content_schedule_items (workspace_id, idempotency_key) where idempotency_key is not null;
create index idx_sched_items_calendar_status on public.content_schedule_items (workspace_id, calendar_id, status);
create index idx_sched_items_platform_status on public.content_schedule_items (workspace_id, platform_id, status) where status in ('queued', 'scheduled');
create index idx_sched_items_video_job on public.content_schedule_items (workspace_id, video_job_id);
create index idx_sched_items_user_created on public.content_schedule_items (created_by, created_at desc);
create index content_schedule_items_when_idx on public.content_schedule_items (workspace_id, scheduled_at, id);
create index content_schedule_items_connection_idx on public.content_schedule_items (workspace_id, platform_connection_id, scheduled_at);
create index content_schedule_items_updated_idx on public.content_schedule_items (workspace_id, updated_at desc, id);
create index content_schedule_items_dedupe_idx on public.content_schedule_items (workspace_id, dedupe_key) where dedupe_key is not null;
call app.guard('public.content_schedule_items', author => 'created_by', parents => '{calendar_id,content_calendar,adaptation_id,content_adaptations}',
    removes => null);

-- A signed-in user plans and cancels; the rest follows from the commitment (60_publishing.sql).
call app.guard_status('public.content_schedule_items', 'status',
    '{{new,queued},{queued,canceled},{scheduled,canceled},{failed,canceled}}',
    by_service => '{{new,scheduled},{queued,scheduled},{scheduled,queued},{scheduled,posted},{scheduled,failed},{failed,scheduled}}');

create function app.fill_item() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.content_format := app.format_word(new.content_format, new.platform_id);
    new.account_key := coalesce(new.platform_connection_id, case when tg_op = 'UPDATE' then old.account_key end);
    if tg_op = 'INSERT' then
        new.calendar_id := coalesce(new.calendar_id, (
            select c.id from public.content_calendar c where c.workspace_id = new.workspace_id and c.is_default));
        new.created_by := coalesce(new.created_by, new.user_id);
        new.user_id := coalesce(new.user_id, new.created_by);
    end if;
    return new;
end $$;
create trigger b_fill before insert or update of content_format, platform_connection_id, account_key on public.content_schedule_items
    for each row execute function app.fill_item();

-- The state that a person reads (interface.md), of an item and its latest commitment.
create function app.post_state(item_status text, commitment_status text, awaiting boolean, scheduled_at timestamptz, at timestamptz) returns text
language sql immutable parallel safe set search_path = ''
as $$
    select case
        when item_status = 'canceled' then 'canceled'
        when commitment_status = 'processing' then 'publishing'
        when commitment_status = 'needs_review' then 'unconfirmed'
        when commitment_status = 'completed' or item_status = 'posted' then 'published'
        when commitment_status = 'failed' or item_status = 'failed' then 'failed'
        when commitment_status = 'cancelled' then 'canceled'
        when commitment_status = 'scheduled' and awaiting then 'awaiting_approval'
        when commitment_status = 'scheduled' or item_status = 'scheduled' then 'scheduled'
        when scheduled_at < at then 'missed'
        else 'planned' end
$$;
grant execute on function app.post_state(text, text, boolean, timestamptz, timestamptz) to authenticated, service_role;

create table public.schedule_exceptions (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    schedule_item_id uuid,
    platform_connection_id uuid,
    exception_type text not null,
    window_start timestamptz not null,
    window_end timestamptz not null,
    reason text,
    origin text not null default 'web',
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    archived_at timestamptz,
    archived_reason text,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (window_end > window_start),
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete cascade,
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.schedule_exceptions is 'Closed times and other departures from the plan.';
comment on column public.schedule_exceptions.exception_type is 'blackout, override, retry, or a word of the workspace''s own.';
comment on column public.schedule_exceptions.platform_connection_id is 'Null with schedule_item_id null: the whole workspace.';
create index schedule_exceptions_window_idx on public.schedule_exceptions (workspace_id, window_start, window_end) where archived_at is null;
call app.guard('public.schedule_exceptions', author => 'created_by', parents => '{schedule_item_id,content_schedule_items}', removes => null);

create table public.recommended_schedule_slots (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform_id uuid not null references public.platforms (id),
    platform_connection_id uuid,
    content_format text,
    slot_start timestamptz not null,
    slot_end timestamptz not null,
    confidence_score numeric check (confidence_score between 0 and 1),
    reason text,
    trial_id uuid,
    source_timing_id uuid,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (slot_end > slot_start),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.recommended_schedule_slots is 'Times that the engine recommends, with where each comes from.';
comment on column public.recommended_schedule_slots.confidence_score is '0 to 1.';
comment on column public.recommended_schedule_slots.source_timing_id is 'A row of platform_timing_data, global or of the workspace: checked by trigger.';
create index recommended_schedule_slots_start_idx on public.recommended_schedule_slots (workspace_id, platform_id, slot_start);
call app.guard('public.recommended_schedule_slots', adds => null, changes => null, removes => null);
create trigger b_format before insert or update of content_format on public.recommended_schedule_slots
    for each row execute function app.write_format_word();
create trigger d_timing before insert or update of source_timing_id on public.recommended_schedule_slots
    for each row execute function app.check_shared_reference('source_timing_id', 'platform_timing_data');

-- A key whose scopes are worth no more than reading. Members of every role comment (docs/decisions/0011); such a key does not.
create function app.only_reads() returns boolean language sql stable parallel safe set search_path = ''
as $$ select coalesce((auth.jwt() ->> 'cap')::int, 4) < 2 $$;
grant execute on function app.only_reads() to authenticated;

create table public.comments (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    adaptation_id uuid,
    schedule_item_id uuid,
    platform text references public.platforms (slug),
    body text not null check (length(trim(body)) between 1 and 12000 and body !~ '[\x01-\x08\x0B\x0C\x0E-\x1F\x7F]'),
    mentions uuid[] not null default '{}' check (cardinality(mentions) <= 50),
    origin text not null default 'web',
    edited_at timestamptz,
    resolved_at timestamptz,
    resolved_by uuid references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (num_nonnulls(adaptation_id, schedule_item_id) = 1),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete cascade,
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete cascade
);
comment on table public.comments is 'What members say about a draft or a post: one thread each.';
comment on column public.comments.body is 'Plain text; <@user id> stands for the present name of that member.';
comment on column public.comments.mentions is 'Whom the text names: members when it was written.';
create index comments_draft_idx on public.comments (workspace_id, adaptation_id, created_at, id);
create index comments_post_idx on public.comments (workspace_id, schedule_item_id, created_at, id);
-- Who wrote it changes its words; editors may settle it, admins remove it.
call app.guard('public.comments', author => 'user_id', adds => 'viewer', changes => 'viewer', removes => 'viewer',
    adds_when => 'not app.only_reads()',
    changes_when => $$not app.only_reads() and (user_id = app.me() or workspace_id = any ((app.mine('editor')).ids))$$,
    removes_when => $$not app.only_reads() and (user_id = app.me() or workspace_id = any ((app.mine('admin')).ids))$$,
    settable => '{id,workspace_id,user_id,adaptation_id,schedule_item_id,platform,body,mentions,origin}',
    changeable => '{body,mentions,resolved_at}', parents => '{adaptation_id,content_adaptations,schedule_item_id,content_schedule_items}');

-- Words are their writer's; whom they name is a member. Runs as whoever writes, who sees the members of their workspaces.
create function app.keep_comment() returns trigger language plpgsql set search_path = ''
as $$
declare
    named uuid[] := case when tg_op = 'UPDATE' then old.mentions else '{}' end;
begin
    if tg_op = 'UPDATE' and (new.body, new.mentions) is distinct from (old.body, old.mentions) then
        if current_user = 'authenticated' and old.user_id is distinct from app.me() then
            raise exception using errcode = '42501', table = 'comments', message = 'only who wrote a comment changes its words';
        end if;
        new.edited_at := now();
    end if;
    if tg_op = 'UPDATE' and new.resolved_at is distinct from old.resolved_at then
        new.resolved_at := case when new.resolved_at is not null then now() end;
        new.resolved_by := case when new.resolved_at is not null then auth.uid() end;
    end if;
    if exists (
        select from unnest(new.mentions) as u (id)
         where u.id <> all (named)
           and not exists (select from public.workspace_members m where m.workspace_id = new.workspace_id and m.user_id = u.id))
    then
        raise exception using errcode = '23514', table = 'comments', column = 'mentions', constraint = 'comments_mentions_members',
            message = 'a comment names members of its workspace only';
    end if;
    return new;
end $$;
create trigger b_comment before insert or update of body, mentions, resolved_at on public.comments
    for each row execute function app.keep_comment();

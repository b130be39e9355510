-- Commitment, attempts, result. docs/decisions/0004 tells the life of a post.

create table public.published_posts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    adaptation_id uuid,
    assembled_content_id uuid,
    platform_connection_id uuid,
    schedule_item_id uuid,
    platform varchar(50) not null references public.platforms (slug),
    content_format text,
    environment text not null default 'live' check (environment in ('sandbox', 'live')),
    platform_post_id varchar(255),
    platform_url text,
    status varchar(50) not null default 'pending' check (status in ('pending', 'published', 'failed', 'deleted')),
    content text not null,
    metadata jsonb not null default '{}',
    metrics jsonb not null default '{}',
    metrics_collected_at timestamptz,
    scheduled_for timestamptz,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete set null (adaptation_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id),
    foreign key (workspace_id, assembled_content_id) references public.cf_assembled_content (workspace_id, id) on delete set null (assembled_content_id),
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete set null (schedule_item_id)
);
comment on table public.published_posts is 'Results: what is public, or was, with its latest figures.';
comment on column public.published_posts.environment is 'That of its workspace, by trigger.';
comment on column public.published_posts.platform_post_id is 'Its id there.';
comment on column public.published_posts.platform_url is 'Its address there.';
comment on column public.published_posts.metrics_collected_at is 'When they were last read.';
comment on column public.published_posts.metadata is '{confirmed_url, history, recorded, ...}';
comment on column public.published_posts.metrics is 'The latest figures: {views, likes, comments, shares, impressions, engagement_rate, last_synced}; what is unknown is absent, never 0.';
create unique index published_posts_remote_key on public.published_posts (workspace_id, platform_connection_id, platform_post_id) where platform_post_id is not null;
create index idx_published_posts_user_id on public.published_posts (user_id);
create index idx_published_posts_status on public.published_posts (workspace_id, status);
create index idx_published_posts_platform on public.published_posts (platform);
create index idx_published_posts_scheduled on public.published_posts (workspace_id, scheduled_for) where status = 'pending';
create index idx_published_posts_adaptation_id on public.published_posts (workspace_id, adaptation_id);
create index idx_published_assembled on public.published_posts (workspace_id, assembled_content_id);
create index idx_published_platform on public.published_posts (workspace_id, platform, published_at desc);
create index idx_published_platform_post on public.published_posts (workspace_id, platform, platform_post_id);
create index idx_published_date on public.published_posts (workspace_id, published_at desc);
create index published_posts_due_idx on public.published_posts (metrics_collected_at nulls first) where status = 'published';
call app.guard('public.published_posts', author => 'user_id', parents => '{platform_connection_id,platform_connections,adaptation_id,content_adaptations}',
    settable => '{id,workspace_id,user_id,adaptation_id,assembled_content_id,platform_connection_id,schedule_item_id,platform,content_format,status,content,metadata,scheduled_for}',
    changeable => '{adaptation_id,content,metadata,status,scheduled_for}',
    removes_when => $$status in ('pending', 'failed')$$, audited => '{metrics,metrics_collected_at}');
-- Only the publisher says that something is public.
call app.guard_status('public.published_posts', 'status',
    '{{new,pending},{pending,deleted},{failed,deleted},{published,deleted}}',
    by_service => '{{new,published},{new,failed},{pending,published},{pending,failed},{failed,published}}');
create trigger b_platform_word before insert on public.published_posts for each row execute function app.write_platform_word();

-- A result is as real as its workspace, whoever writes it down.
create function app.take_environment() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    new.environment := coalesce((select w.environment from public.workspaces w where w.id = new.workspace_id), new.environment);
    return new;
end $$;
create trigger b_environment before insert on public.published_posts for each row execute function app.take_environment();

-- What is out stays as it went out.
create function app.keep_published_content() returns trigger language plpgsql set search_path = ''
as $$
begin
    if old.status = 'published' and new.content is distinct from old.content and current_user = 'authenticated' then
        raise exception using errcode = '23514', table = 'published_posts', column = 'content', constraint = 'published_posts_content_stays',
            message = 'this post is published: its content here stays as it went out';
    end if;
    return new;
end $$;
create trigger d_keep_content before update of content on public.published_posts for each row execute function app.keep_published_content();

create table public.scheduled_posts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    schedule_item_id uuid,
    adaptation_id uuid,
    platform_connection_id uuid not null,
    platform varchar(50) not null references public.platforms (slug),
    content text not null,
    snapshot jsonb not null default '{}',
    status varchar(50) not null default 'scheduled',
    scheduled_for timestamptz not null,
    timezone varchar(50) not null default 'UTC',
    next_retry_at timestamptz,
    due_at timestamptz not null generated always as (coalesce(next_retry_at, scheduled_for)) stored,
    requires_approval boolean not null default false,
    approved_at timestamptz,
    worker_id text,
    lease_expires_at timestamptz,
    fence bigint not null default 0,
    retry_count int not null default 0 check (retry_count >= 0),
    last_retry_at timestamptz,
    decided_at timestamptz,
    last_error text,
    error jsonb,
    published_post_id uuid,
    hand_off boolean not null default false,
    origin text not null default 'web',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (status in ('scheduled', 'processing', 'completed', 'failed', 'cancelled', 'needs_review')),
    constraint scheduled_posts_approved_first check (status <> 'processing' or not requires_approval or approved_at is not null),
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete set null (schedule_item_id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete set null (adaptation_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade,
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete set null (published_post_id)
);
comment on table public.scheduled_posts is 'Commitments: what goes out at a time unless somebody acts, as it was when it was scheduled.';
comment on column public.scheduled_posts.content is 'The text as it was when it was scheduled.';
comment on column public.scheduled_posts.scheduled_for is 'When it goes out, UTC.';
comment on column public.scheduled_posts.next_retry_at is 'Not before this, after a try that failed.';
comment on column public.scheduled_posts.due_at is 'When the publisher takes it.';
comment on column public.scheduled_posts.lease_expires_at is 'After this another worker may take it over.';
comment on column public.scheduled_posts.approved_at is 'Set by an approval; emptied by an edit.';
comment on column public.scheduled_posts.retry_count is 'Tries that failed and were repeated.';
comment on column public.scheduled_posts.decided_at is 'When a person last sent it off again, after it failed or was unconfirmed.';
comment on column public.scheduled_posts.snapshot is 'The variant as it was when it was scheduled: {text, title, body, thread, hashtags, media, options}.';
comment on column public.scheduled_posts.fence is 'Grows with each claim; a worker that lost its lease holds an old number and can write nothing.';
comment on column public.scheduled_posts.error is '{class, field, rule, who, message} of the last failure.';
comment on column public.scheduled_posts.hand_off is 'A person posts it by hand at its time: the publisher never takes it.';
comment on column public.scheduled_posts.requires_approval is 'Always true where workspaces.settings says {"require_approval": true}; such a post is due only when approved_at is set.';
-- An item is committed to at most once at a time, and never again once it is out.
create unique index scheduled_posts_one_commitment on public.scheduled_posts (workspace_id, schedule_item_id)
    where status in ('scheduled', 'processing', 'needs_review', 'completed');
create index idx_scheduled_posts_user_id on public.scheduled_posts (user_id);
create index idx_scheduled_posts_status on public.scheduled_posts (workspace_id, status);
create index idx_scheduled_posts_scheduled_for on public.scheduled_posts (workspace_id, scheduled_for);
create index idx_scheduled_posts_ready on public.scheduled_posts (scheduled_for) where status = 'scheduled';
create index scheduled_posts_due_idx on public.scheduled_posts (due_at) where status = 'scheduled';
create index scheduled_posts_lease_idx on public.scheduled_posts (lease_expires_at) where status = 'processing';
create index idx_assignments_worker_scheduled on public.scheduled_posts (worker_id, scheduled_for);
create index idx_assignments_status_active on public.scheduled_posts (workspace_id, status, scheduled_for) where status in ('scheduled', 'processing', 'needs_review');
call app.guard('public.scheduled_posts', author => 'user_id',
    parents => '{schedule_item_id,content_schedule_items,platform_connection_id,platform_connections,adaptation_id,content_adaptations}',
    settable => '{id,workspace_id,user_id,schedule_item_id,adaptation_id,platform_connection_id,platform,content,snapshot,status,scheduled_for,timezone,requires_approval,origin}',
    changeable => '{status,adaptation_id,content,snapshot,scheduled_for,timezone}',
    changes_when => $$status in ('scheduled', 'failed', 'needs_review')$$,
    removes_when => $$status = 'scheduled' and fence = 0 or status = 'cancelled'$$,
    audited => '{lease_expires_at,worker_id}');
-- A person schedules, cancels, retries what failed, and says how an unconfirmed one ended.
call app.guard_status('public.scheduled_posts', 'status',
    '{{new,scheduled},{scheduled,cancelled},{failed,scheduled},{needs_review,completed},{needs_review,failed},{needs_review,scheduled}}',
    by_service => '{{scheduled,processing},{scheduled,failed},{scheduled,needs_review},{processing,scheduled},{processing,completed},
                    {processing,failed},{processing,needs_review},{needs_review,processing},{processing,cancelled}}');
create trigger b_platform_word before insert on public.scheduled_posts for each row execute function app.write_platform_word();

-- One row per try, committed before the first byte leaves.
create table public.publish_attempts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    scheduled_post_id uuid not null,
    number int not null,
    worker_id text not null,
    fence bigint not null,
    phase text not null default 'claimed'
        check (phase in ('claimed', 'uploading', 'sending', 'confirming', 'done', 'refused', 'abandoned', 'unknown')),
    fingerprint text not null,
    remote_ids jsonb not null default '{}',
    error_class text,
    error jsonb,
    started_at timestamptz not null default now(),
    sent_at timestamptz,
    lost_at timestamptz,
    finished_at timestamptz,
    unique (workspace_id, id),
    unique (workspace_id, scheduled_post_id, number),
    foreign key (workspace_id, scheduled_post_id) references public.scheduled_posts (workspace_id, id) on delete cascade
);
comment on table public.publish_attempts is 'The ledger of tries: one row each, committed before the first byte leaves.';
comment on column public.publish_attempts.number is '1 is the first try.';
comment on column public.publish_attempts.fingerprint is 'SHA-256 of account and content.';
comment on column public.publish_attempts.remote_ids is 'Handles of the platform, each kept as soon as it is known.';
comment on column public.publish_attempts.sent_at is 'The last moment at which something may have left.';
comment on column public.publish_attempts.lost_at is 'When it was clear that no answer tells whether it landed, or its publisher was lost while it sent; kept when it is known.';
comment on column public.publish_attempts.phase is 'abandoned: given up before the send, nothing went out; unknown: sent, and no answer tells whether it landed.';
create unique index publish_attempts_one_open on public.publish_attempts (workspace_id, scheduled_post_id) where finished_at is null;
call app.guard('public.publish_attempts', adds => null, changes => null, removes => null, parents => '{scheduled_post_id,scheduled_posts}');

create table public.rate_budgets (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform_connection_id uuid not null,
    name text not null,
    capacity numeric not null check (capacity > 0),
    remaining numeric not null,
    per_seconds numeric not null check (per_seconds > 0),
    only_for text,
    blocked_until timestamptz,
    filled_at timestamptz not null default now(),
    asked_at timestamptz,
    told_at timestamptz,
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, platform_connection_id, name),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.rate_budgets is 'What is left of a platform''s limits for an account (token buckets).';
comment on column public.rate_budgets.remaining is 'Tokens left at filled_at.';
comment on column public.rate_budgets.blocked_until is 'The platform said so itself: nothing goes out before.';
comment on column public.rate_budgets.per_seconds is 'In which capacity is refilled.';
comment on column public.rate_budgets.only_for is 'The format whose posts count, such as reel; null: all.';
comment on column public.rate_budgets.asked_at is 'When the platform was last asked what is used up, where it can be asked.';
comment on column public.rate_budgets.told_at is 'When it last answered: from then on its word on capacity and window goes before the dated facts.';
call app.guard('public.rate_budgets', adds => null, changes => null, removes => null, parents => '{platform_connection_id,platform_connections}');

-- Money behind a post on its platform. What making it cost stands in job_costs.
create table public.post_promotions (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    published_post_id uuid not null,
    budget numeric(10, 2) check (budget >= 0),
    currency text not null default 'USD',
    status text check (status in ('none', 'pending', 'active', 'completed', 'failed')),
    started_at timestamptz,
    ended_at timestamptz,
    external_id text,
    is_current boolean not null default true,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete cascade
);
comment on table public.post_promotions is 'Money behind a post on its platform.';
comment on column public.post_promotions.is_current is 'The one that shows; earlier ones stay.';
comment on column public.post_promotions.external_id is 'Its id there.';
create unique index post_promotions_current on public.post_promotions (workspace_id, published_post_id) where is_current;
create index idx_published_promotion_status on public.post_promotions (workspace_id, status);
call app.guard('public.post_promotions', author => 'created_by', parents => '{published_post_id,published_posts}',
    settable => '{id,workspace_id,published_post_id,budget,currency,status,started_at,ended_at,is_current,created_by}',
    changeable => '{budget,currency,status,started_at,ended_at,is_current}', audited => '{}');

-- A commitment without an item makes one, so that every post stands in the calendar.
create function app.fill_commitment() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    new.requires_approval := new.requires_approval or exists (
        select from public.workspaces w where w.id = new.workspace_id and w.settings @> '{"require_approval": true}');
    if new.schedule_item_id is null then
        insert into public.content_schedule_items
            (workspace_id, platform_id, platform_connection_id, adaptation_id, content, scheduled_at, timezone, origin, user_id, created_by)
        select new.workspace_id, p.id, new.platform_connection_id, new.adaptation_id,
               case when new.adaptation_id is null then case new.snapshot when '{}' then jsonb_build_object('text', new.content) else new.snapshot end end,
               new.scheduled_for, new.timezone, new.origin, new.user_id, new.user_id
          from public.platforms p where p.slug = new.platform
        returning id into new.schedule_item_id;
    end if;
    return new;
end $$;
create trigger d_fill before insert on public.scheduled_posts for each row execute function app.fill_commitment();

-- 1 where a zone's clocks show the wall time of an instant for the second time (they go back by 60 or by 30 minutes).
create function app.fold_of(at timestamptz, zone text) returns smallint language sql stable parallel safe set search_path = ''
as $$
    select case when at at time zone zone in ((at - interval '60 minutes') at time zone zone, (at - interval '30 minutes') at time zone zone)
                then 1 else 0 end::smallint
$$;

-- The item follows its commitment. A cancelled commitment cancels the plan too, and so does a deleted one that was still to go out.
create function app.follow_commitment() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    post public.scheduled_posts := case when tg_op = 'DELETE' then old else new end;
    becomes text := case when tg_op = 'DELETE' then 'canceled' else (
        '{"scheduled": "scheduled", "processing": "scheduled", "needs_review": "scheduled", "completed": "posted",
          "failed": "failed", "cancelled": "canceled"}'::jsonb ->> new.status) end;
begin
    if tg_op = 'DELETE' and old.status not in ('scheduled', 'processing', 'needs_review') then
        return null;  -- the item has long gone its way, perhaps by another commitment
    end if;
    update public.content_schedule_items i
       set status = becomes,
           scheduled_at = case when becomes = 'scheduled' then post.scheduled_for else i.scheduled_at end,
           -- Only what had a wall time keeps one, so the zone is known to be good.
           wall_time = case when becomes = 'scheduled' and i.scheduled_at is distinct from post.scheduled_for and i.wall_time is not null
                            then post.scheduled_for at time zone coalesce(i.timezone, 'UTC') else i.wall_time end,
           fold = case when becomes = 'scheduled' and i.scheduled_at is distinct from post.scheduled_for and i.wall_time is not null
                       then app.fold_of(post.scheduled_for, coalesce(i.timezone, 'UTC')) else i.fold end
     where i.workspace_id = post.workspace_id and i.id = post.schedule_item_id
       and (i.status <> becomes or becomes = 'scheduled' and i.scheduled_at is distinct from post.scheduled_for)
       and not (becomes = 'canceled' and i.status not in ('queued', 'scheduled'));
    return null;
end $$;
create trigger follow_commitment after insert or update of status, scheduled_for or delete on public.scheduled_posts
    for each row execute function app.follow_commitment();

-- The commitment follows its item: a moved item moves it, a canceled one cancels it. What is being
-- published, or is out, neither moves nor cancels.
create function app.follow_item() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    post public.scheduled_posts;
begin
    select * into post from public.scheduled_posts p
     where p.workspace_id = new.workspace_id and p.schedule_item_id = new.id and p.status in ('scheduled', 'processing', 'needs_review', 'completed')
       for update;
    if not found then
        return null;
    end if;
    if new.status = 'canceled' and old.status <> 'canceled' and post.status = 'scheduled' then
        update public.scheduled_posts p set status = 'cancelled' where p.workspace_id = post.workspace_id and p.id = post.id;
    elsif new.scheduled_at is distinct from old.scheduled_at and post.scheduled_for is distinct from new.scheduled_at then
        if post.status <> 'scheduled' then
            raise exception using errcode = '23514', table = 'content_schedule_items', column = 'scheduled_at', constraint = 'content_schedule_items_moves',
                message = 'this post is being published or is out: it cannot move';
        end if;
        update public.scheduled_posts p set scheduled_for = new.scheduled_at, timezone = coalesce(new.timezone, p.timezone), next_retry_at = null
         where p.workspace_id = post.workspace_id and p.id = post.id;
    elsif new.status = 'canceled' and old.status <> 'canceled' then
        raise exception using errcode = '23514', table = 'content_schedule_items', column = 'status', constraint = 'content_schedule_items_cancels',
            message = 'this post is being published or is out: it cannot be canceled';
    end if;
    return null;
end $$;
create trigger follow_item after update of status, scheduled_at on public.content_schedule_items
    for each row when (new.status = 'canceled' and old.status <> 'canceled' or new.scheduled_at is distinct from old.scheduled_at)
    execute function app.follow_item();

-- A retry that a person asks for starts afresh; an edit after approval needs a new one.
create function app.renew_commitment() returns trigger language plpgsql set search_path = ''
as $$
begin
    if current_user <> 'authenticated' then
        return new;
    end if;
    if new.status = 'scheduled' and old.status in ('failed', 'needs_review') then
        new.next_retry_at := case when new.scheduled_for < now() then now() end;
        new.retry_count := 0;
        new.decided_at := now();
        new.worker_id := null;
        new.lease_expires_at := null;
        new.last_error := null;
        new.error := null;
    end if;
    if new.content is distinct from old.content or new.snapshot is distinct from old.snapshot then
        new.approved_at := null;
    end if;
    return new;
end $$;
create trigger d_renew before update of status, content, snapshot on public.scheduled_posts
    for each row execute function app.renew_commitment();

-- First comments: sent apart from their posts, each with a ledger row of its own, written in the moment when its post is known to
-- be out. What becomes of it changes nothing about the post.

create table public.first_comments (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    scheduled_post_id uuid not null,
    platform_connection_id uuid not null,
    platform text not null,
    remote_id text not null,
    part int not null default 0,
    content text not null,
    status text not null default 'waiting' check (status in ('waiting', 'sending', 'unknown', 'sent', 'failed')),
    next_try_at timestamptz not null default now(),
    worker_id text,
    lease_expires_at timestamptz,
    fence bigint not null default 0,
    tries int not null default 0,
    absent int not null default 0,
    sent_at timestamptz,
    comment_id text,
    error jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, scheduled_post_id, part),
    foreign key (workspace_id, scheduled_post_id) references public.scheduled_posts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.first_comments is 'First comments of posts that are out: the ledger of their sending.';
comment on column public.first_comments.remote_id is 'The post''s id on the platform.';
comment on column public.first_comments.sent_at is 'The last moment at which it may have left; from then on the platform is asked before anything is sent.';
comment on column public.first_comments.part is 'Which one, where several go under a post.';
comment on column public.first_comments.absent is 'How often in a row the platform said that it is not there.';
comment on column public.first_comments.comment_id is 'Its id on the platform.';
create index first_comments_due_idx on public.first_comments (next_try_at) where status in ('waiting', 'sending', 'unknown');
call app.guard('public.first_comments', adds => null, changes => null, removes => null,
    parents => '{scheduled_post_id,scheduled_posts,platform_connection_id,platform_connections}');

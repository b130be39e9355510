-- Files that are made out of others.

create table public.media_conversions (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    file_id uuid not null,
    platform text not null,
    adaptation_id uuid,
    status text not null default 'waiting' check (status in ('waiting', 'running', 'ready', 'failed')),
    progress int not null default 0 check (progress between 0 and 100),
    result_file_id uuid,
    error text,
    created_at timestamptz not null default now(),
    beat_at timestamptz,
    finished_at timestamptz,
    unique (workspace_id, id),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete cascade,
    foreign key (workspace_id, result_file_id) references public.files (workspace_id, id) on delete set null (result_file_id),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete cascade
);
comment on table public.media_conversions is 'Copies of a file made to fit a platform, because somebody asked for one. The original stays.';
comment on column public.media_conversions.platform is 'Whose rules the copy is to keep.';
comment on column public.media_conversions.adaptation_id is 'The draft in whose variant the copy takes the original''s place.';
comment on column public.media_conversions.progress is 'Per cent.';
comment on column public.media_conversions.beat_at is 'Kept by the worker that makes it.';
comment on column public.media_conversions.error is 'In words, what went wrong.';
create unique index media_conversions_under_way on public.media_conversions (workspace_id, file_id, platform) where status in ('waiting', 'running');
create index media_conversions_created_idx on public.media_conversions (workspace_id, created_at desc);
call app.guard('public.media_conversions', author => 'user_id', changes => null, removes => null,
    settable => '{id,workspace_id,user_id,file_id,platform,adaptation_id}');
call app.guard_status('public.media_conversions', 'status', '{{new,waiting}}',
    by_service => '{{waiting,running},{waiting,failed},{running,ready},{running,failed}}');

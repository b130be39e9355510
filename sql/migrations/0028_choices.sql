-- What an account may choose on its platform (TikTok's audiences, YouTube's playlists), as its platform last told.

create table public.account_choices (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    platform_connection_id uuid not null,
    choices jsonb not null default '{}',
    told_at timestamptz,
    asked_at timestamptz not null,
    error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, platform_connection_id),
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.account_choices is 'What an account may choose on its platform just now, kept for some minutes so that a form need not wait.';
comment on column public.account_choices.choices is 'By option: the values with their words; and what to show of the account.';
comment on column public.account_choices.told_at is 'When the platform told them; null: it never did.';
comment on column public.account_choices.error is 'Why the platform did not tell when it was last asked; null: it did.';
call app.guard('public.account_choices', adds => null, changes => null, removes => null,
    parents => '{platform_connection_id,platform_connections}');

-- Voices and drafts.

create table public.voice_profiles (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    name varchar(255) not null,
    is_default boolean not null default false,
    characteristics jsonb not null,
    sample_posts text[],
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_used_at timestamptz,
    unique (workspace_id, id)
);
create index idx_voice_profiles_user_id on public.voice_profiles (user_id);
create unique index idx_voice_profiles_user_default on public.voice_profiles (workspace_id, user_id) where is_default;

-- A draft: the idea as it was brought, and a variant per platform in `adaptations`:
--   {slug: {text | title + body, thread [], hashtags [], media [file ids], alt_texts [], options {}, edited bool}}
create table public.content_adaptations (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    title text,
    original_idea text not null,
    idea_hash varchar(64),
    idea_fingerprint text,
    source jsonb not null default '{}',
    adaptations jsonb not null,
    tone varchar(50),
    target_audience varchar(255),
    voice_profile_id uuid,
    version int not null default 1,
    origin text not null default 'web',
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_used_at timestamptz,
    unique (workspace_id, id),
    foreign key (workspace_id, voice_profile_id) references public.voice_profiles (workspace_id, id) on delete set null (voice_profile_id)
);
comment on column public.content_adaptations.idea_hash is 'SHA-256 of original_idea, hex; set by trigger.';
comment on column public.content_adaptations.idea_fingerprint is 'SHA-256 of the idea in lower case with spaces folded: finds near duplicates.';
comment on column public.content_adaptations.version is 'Counts edits; an edit names the version it started from.';
create index idx_content_adaptations_user_id on public.content_adaptations (user_id);
create index idx_content_adaptations_created_at on public.content_adaptations (workspace_id, created_at desc);
create index idx_content_adaptations_idea_hash on public.content_adaptations (workspace_id, idea_hash);
create index content_adaptations_fingerprint_idx on public.content_adaptations (workspace_id, idea_fingerprint);
create index content_adaptations_voice_idx on public.content_adaptations (workspace_id, voice_profile_id);

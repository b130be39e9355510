-- Voices, drafts, templates and what they bring forth.

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
comment on table public.voice_profiles is 'How a user sounds in a workspace; exactly one is the default.';
comment on column public.voice_profiles.sample_posts is 'Posts to learn the voice from.';
create index idx_voice_profiles_user_id on public.voice_profiles (user_id);
create unique index idx_voice_profiles_user_default on public.voice_profiles (workspace_id, user_id) where is_default;
comment on column public.voice_profiles.characteristics is
    '{tone[], style, sentence_length, vocabulary, emoji_usage, formality_level 1..10, common_phrases[], avoid_words[]}; `emoij_usage` is read too.';
call app.guard('public.voice_profiles', reads => 'viewer', own => 'user_id');

-- A user's first voice in a workspace is the default; choosing another retires the one before.
create function app.one_default_voice() returns trigger language plpgsql set search_path = ''
as $$
begin
    if not new.is_default and tg_op = 'INSERT' then
        new.is_default := not exists (
            select from public.voice_profiles v where v.workspace_id = new.workspace_id and v.user_id = new.user_id);
    end if;
    if new.is_default then
        update public.voice_profiles v set is_default = false
         where v.workspace_id = new.workspace_id and v.user_id = new.user_id and v.is_default and v.id <> new.id;
    end if;
    return new;
end $$;
create trigger b_one_default before insert or update of is_default on public.voice_profiles
    for each row execute function app.one_default_voice();

-- At the end of a transaction each user who has a place in a workspace has exactly one default voice there: where it was
-- deleted, the one that was used last takes its place; the only voice stays.
create function app.keep_a_default_voice() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if not exists (select from public.workspace_members m where m.workspace_id = old.workspace_id and m.user_id = old.user_id) then
        return null;  -- the user or the workspace is gone, and the voices with it
    end if;
    if exists (select from public.voice_profiles v where v.workspace_id = old.workspace_id and v.user_id = old.user_id and v.is_default) then
        return null;
    end if;
    if tg_op = 'DELETE' then
        update public.voice_profiles v set is_default = true
         where v.workspace_id = old.workspace_id and v.id = (
            select o.id from public.voice_profiles o where o.workspace_id = old.workspace_id and o.user_id = old.user_id
             order by o.last_used_at desc nulls last, o.created_at limit 1);
        if found then
            return null;
        end if;
    end if;
    raise exception using errcode = '23514', table = 'voice_profiles', constraint = 'voice_profiles_one_default',
        message = 'one voice stays the default: make another one the default first';
end $$;
create constraint trigger keep_a_default after update or delete on public.voice_profiles
    deferrable initially deferred for each row when (old.is_default) execute function app.keep_a_default_voice();

create function app.first_voice() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.voice_profiles (workspace_id, user_id, name, is_default, characteristics)
    select new.workspace_id, new.user_id, 'Plain', true,
           '{"tone": ["plain", "friendly"], "style": "concise", "sentence_length": "short", "emoji_usage": "minimal",
             "formality_level": 5, "common_phrases": [], "avoid_words": []}'
     where not exists (select from public.voice_profiles v where v.workspace_id = new.workspace_id and v.user_id = new.user_id);
    return null;
end $$;
create trigger first_voice after insert on public.workspace_members for each row execute function app.first_voice();

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
comment on table public.content_adaptations is 'Drafts: an idea, and a variant per platform.';
comment on column public.content_adaptations.adaptations is '{slug: {text | title + body, thread, hashtags, media, alt_texts, options, edited}}; a bare string is written as {text}.';
comment on column public.content_adaptations.source is '{via, url, ...}: where the idea came from.';
comment on column public.content_adaptations.tone is 'Chosen for this draft; rules voice and user.';
comment on column public.content_adaptations.idea_hash is 'SHA-256 of original_idea, hex; set by trigger.';
comment on column public.content_adaptations.idea_fingerprint is 'SHA-256 of the idea in lower case with spaces folded: finds near duplicates.';
comment on column public.content_adaptations.version is 'Counts edits; an edit names the version it started from.';
create index idx_content_adaptations_user_id on public.content_adaptations (user_id);
create index idx_content_adaptations_created_at on public.content_adaptations (workspace_id, created_at desc);
create index idx_content_adaptations_idea_hash on public.content_adaptations (workspace_id, idea_hash);
create index content_adaptations_fingerprint_idx on public.content_adaptations (workspace_id, idea_fingerprint);
create index content_adaptations_voice_idx on public.content_adaptations (workspace_id, voice_profile_id);
create index content_adaptations_updated_idx on public.content_adaptations (workspace_id, updated_at desc);
call app.guard('public.content_adaptations', author => 'user_id',
    settable => '{id,workspace_id,user_id,title,original_idea,idea_hash,source,adaptations,tone,target_audience,voice_profile_id,version,origin,last_used_at}',
    changeable => '{title,original_idea,source,adaptations,tone,target_audience,voice_profile_id,version,deleted_at,last_used_at}');

-- {"linkedin": "text"} -> {"linkedin": {"text": "text"}}, and `twitter` -> `x`.
create function app.variant_objects(given jsonb) returns jsonb language sql stable set search_path = ''
as $$
    select coalesce(jsonb_object_agg(app.platform_word(key),
        case jsonb_typeof(value) when 'string' then jsonb_build_object('text', value) else value end), '{}')
      from jsonb_each(given)
$$;
grant execute on function app.variant_objects(jsonb) to authenticated, service_role;

create function app.write_idea() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.idea_hash := encode(sha256(convert_to(new.original_idea, 'UTF8')), 'hex');
    new.idea_fingerprint := encode(sha256(convert_to(lower(regexp_replace(trim(new.original_idea), '\s+', ' ', 'g')), 'UTF8')), 'hex');
    if jsonb_typeof(new.adaptations) = 'object' then
        new.adaptations := app.variant_objects(new.adaptations);
    end if;
    return new;
end $$;
create trigger b_idea before insert or update of original_idea, adaptations on public.content_adaptations
    for each row execute function app.write_idea();
alter table public.content_adaptations add check (jsonb_typeof(adaptations) = 'object');

create type public.output_kind as enum ('blog', 'social', 'email');
create type public.output_status as enum ('queued', 'processing', 'completed', 'failed');
create type public.template_type as enum ('blog', 'linkedin', 'twitter', 'instagram', 'email');

-- A user's own templates, and those of the system (workspace_id and user_id null).
create table public.templates (
    id uuid primary key default app.new_id(),
    workspace_id uuid references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete cascade,
    name text not null,
    type public.template_type not null,
    prompt text not null,
    is_custom boolean not null default true,
    created_at timestamptz not null default now(),
    check ((workspace_id is null) = (user_id is null)),
    check (is_custom = (workspace_id is not null))
);
comment on table public.templates is 'Prompts for making outputs: the system''s for all, a user''s own for that user.';
comment on column public.templates.prompt is 'Text with {placeholders}; a missing one is an error that names it.';
create unique index templates_name_key on public.templates (workspace_id, user_id, name) nulls not distinct;
create index templates_user_idx on public.templates (user_id);
call app.guard('public.templates', own => 'user_id', shared => true);

create table public.outputs (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    project_id uuid not null,
    transcript_id uuid,
    template_id uuid,
    kind public.output_kind not null,
    status public.output_status not null default 'queued',
    request jsonb,
    body text,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, project_id) references public.projects (workspace_id, id) on delete cascade,
    foreign key (workspace_id, transcript_id) references public.transcripts (workspace_id, id) on delete set null (transcript_id)
);
comment on table public.outputs is 'Texts made from a project: articles, social posts, e-mails.';
comment on column public.outputs.request is 'What was asked for.';
comment on column public.outputs.body is 'What was made.';
comment on column public.outputs.template_id is 'A template of the workspace or of the system: checked by trigger, since system rows have no workspace.';
create index outputs_project_user_idx on public.outputs (workspace_id, project_id, user_id);
create index outputs_status_idx on public.outputs (status, created_at) where status in ('queued', 'processing');
create index outputs_created_idx on public.outputs (workspace_id, created_at desc);
create index outputs_user_idx on public.outputs (user_id);
call app.guard('public.outputs', author => 'user_id', parents => '{project_id,projects}');
call app.guard_status('public.outputs', 'status',
    '{{new,queued},{new,processing},{new,completed},{new,failed},{queued,processing},{processing,completed},{processing,failed}}');

-- Completed outputs older than 90 days (app.archive_outputs). The columns of `outputs` in their order, so
-- that `insert into outputs_archive select * from outputs` runs.
create table public.outputs_archive (
    like public.outputs including defaults,
    primary key (id),
    unique (workspace_id, id),
    foreign key (workspace_id) references public.workspaces (id) on delete cascade
);
comment on table public.outputs_archive is 'Completed outputs after 90 days.';
create index outputs_archive_project_idx on public.outputs_archive (workspace_id, project_id, created_at desc);
call app.guard('public.outputs_archive', adds => null, changes => null);

-- A reference to a shared table is logical: the row must be global or of the same workspace.
-- Arguments: 'column', 'table'.
create function app.check_shared_reference() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    referred uuid := (to_jsonb(new) ->> tg_argv[0])::uuid;
    found_one boolean;
begin
    if referred is null then
        return new;
    end if;
    execute format('select exists (select from public.%I where id = $1 and (workspace_id is null or workspace_id = $2))', tg_argv[1])
       into found_one using referred, new.workspace_id;
    if not found_one then
        raise exception using errcode = '23503', table = tg_table_name, column = tg_argv[0],
            message = format('%s.%s: there is no such row in %s', tg_table_name, tg_argv[0], tg_argv[1]);
    end if;
    return new;
end $$;
create trigger d_template before insert or update of template_id on public.outputs
    for each row execute function app.check_shared_reference('template_id', 'templates');

-- Projects, the files in them, and what is heard in recordings.

create table public.projects (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    title text not null,
    description text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id)
);
comment on table public.projects is 'A recording or a source, with its files and what was made of it.';
create index projects_user_created_idx on public.projects (user_id, created_at desc);
create index projects_created_idx on public.projects (workspace_id, created_at desc);
call app.guard('public.projects', author => 'user_id');

create table public.files (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    project_id uuid,
    path text not null check (path !~ '^/|\\|(^|/)\.{1,2}(/|$)'),
    mime_type text,
    size_bytes bigint check (size_bytes >= 0),
    public_url text,
    width int,
    height int,
    duration_seconds numeric,
    alt_text text,
    sha256 text,
    metadata jsonb not null default '{}',
    origin text not null default 'web',
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, path),
    foreign key (workspace_id, project_id) references public.projects (workspace_id, id) on delete cascade
);
comment on table public.files is 'Media and uploads; the bytes lie in the storage.';
comment on column public.files.path is 'Where its bytes lie in the storage: inside it, never above.';
comment on column public.files.public_url is 'Only where somebody made it public; else links are signed.';
comment on column public.files.sha256 is 'Of its bytes, hex.';
comment on column public.files.size_bytes is 'Bytes.';
comment on column public.files.project_id is 'Null for media that belongs to a draft rather than to a project.';
comment on column public.files.metadata is '{"generated": "card" | "card_video", ...} where Postwright made it.';
create index files_project_user_idx on public.files (workspace_id, project_id, user_id);
create index files_user_idx on public.files (user_id);
create index files_created_idx on public.files (workspace_id, created_at desc);
call app.guard('public.files', author => 'user_id', parents => '{project_id,projects}',
    settable => '{id,workspace_id,user_id,project_id,path,mime_type,size_bytes,public_url,width,height,duration_seconds,alt_text,sha256,metadata,origin}',
    changeable => '{project_id,alt_text,public_url,deleted_at,metadata,width,height,duration_seconds}');

create table public.transcripts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    file_id uuid not null,
    language text,
    provider text not null,
    model text,
    text text not null,
    words jsonb not null default '[]',
    chapters jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete cascade
);
comment on table public.transcripts is 'What is said in a recording, word by word.';
comment on column public.transcripts.chapters is '[{"title", "start", "end"}, ...], seconds.';
comment on column public.transcripts.words is '[{"text", "start", "end"}, ...], seconds; a span is checked against these.';
call app.guard('public.transcripts', author => 'user_id', parents => '{file_id,files}');

create table public.clips (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    file_id uuid not null,
    transcript_id uuid,
    output_file_id uuid,
    title text,
    start_seconds numeric not null check (start_seconds >= 0),
    end_seconds numeric not null,
    aspect_ratio text not null default '9:16' check (aspect_ratio in ('9:16', '16:9', '1:1', '4:5')),
    score numeric,
    reasons jsonb not null default '[]',
    status text not null default 'suggested' check (status in ('suggested', 'rendering', 'completed', 'failed', 'dismissed')),
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (end_seconds > start_seconds),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete cascade,
    foreign key (workspace_id, transcript_id) references public.transcripts (workspace_id, id) on delete set null (transcript_id),
    foreign key (workspace_id, output_file_id) references public.files (workspace_id, id) on delete set null (output_file_id)
);
comment on table public.clips is 'Spans of a recording worth showing, and what was rendered of them.';
comment on column public.clips.start_seconds is 'From the beginning of the recording.';
comment on column public.clips.end_seconds is 'From the beginning of the recording.';
comment on column public.clips.output_file_id is 'What was rendered.';
comment on column public.clips.reasons is 'Why this span.';
call app.guard('public.clips', author => 'user_id', parents => '{file_id,files}');
call app.guard_status('public.clips', 'status',
    '{{new,suggested},{suggested,rendering},{suggested,dismissed},{dismissed,suggested},{failed,rendering},{completed,rendering}}',
    by_service => '{{rendering,completed},{rendering,failed}}');

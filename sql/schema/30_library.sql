-- Projects and the files in them.

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
create index projects_user_created_idx on public.projects (user_id, created_at desc);
call app.guard('public.projects', author => 'user_id');

create table public.files (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    project_id uuid,
    path text not null,
    mime_type text,
    size_bytes bigint check (size_bytes >= 0),
    public_url text,
    width int,
    height int,
    duration_seconds numeric,
    alt_text text,
    sha256 text,
    metadata jsonb not null default '{}',
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, path),
    foreign key (workspace_id, project_id) references public.projects (workspace_id, id) on delete cascade
);
comment on column public.files.project_id is 'Null for media that belongs to a draft rather than to a project.';
comment on column public.files.metadata is '{"generated": "card" | "card_video", ...} where Postwright made it.';
create index files_project_user_idx on public.files (project_id, user_id);
create index files_project_fk_idx on public.files (workspace_id, project_id);
create index files_user_idx on public.files (user_id);
call app.guard('public.files', author => 'user_id', parents => '{project_id,projects}',
    settable => '{id,workspace_id,user_id,project_id,path,mime_type,size_bytes,public_url,width,height,duration_seconds,alt_text,sha256,metadata}',
    changeable => '{project_id,alt_text,public_url,deleted_at,metadata,width,height,duration_seconds}');

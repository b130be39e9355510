-- Files on their way in.

create table public.uploads (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    name text not null check (length(name) <= 1000),
    alt_text text not null default '',
    total_bytes bigint not null check (total_bytes > 0),
    received_bytes bigint not null default 0 check (received_bytes between 0 and total_bytes),
    taken_until timestamptz,
    lease int not null default 0,
    file_id uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    unique (workspace_id, id),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete cascade
);
comment on table public.uploads is 'Large files that are sent in pieces: their sender''s own, until they are whole or a day is over.';
comment on column public.uploads.name is 'As the sender calls it; never part of a path.';
comment on column public.uploads.total_bytes is 'Bytes, as announced.';
comment on column public.uploads.received_bytes is 'Bytes that are on the disk.';
comment on column public.uploads.taken_until is 'One piece at a time: until then nobody else writes.';
comment on column public.uploads.lease is 'How often it was taken: what an earlier taker still writes does not count.';
comment on column public.uploads.file_id is 'The file that it became.';
create index uploads_user_idx on public.uploads (user_id);
create index uploads_expires_idx on public.uploads (expires_at);

-- What is announced and not there yet, of a whole workspace: an upload itself is its sender's own. `but`: the one that arrives just now.
create function app.announced_bytes(workspace uuid, but uuid default null) returns bigint
language sql stable security definer set search_path = ''
as $$
    select coalesce(sum(u.total_bytes), 0)::bigint from public.uploads u
     where u.workspace_id = workspace and u.file_id is null and u.id is distinct from but
       and (current_setting('role') = 'service_role' or workspace = any (app.my_workspaces()))
$$;
grant execute on function app.announced_bytes(uuid, uuid) to authenticated, service_role;

call app.guard('public.uploads', own => 'user_id',
    settable => '{id,workspace_id,user_id,name,alt_text,total_bytes,expires_at}', changeable => '{received_bytes,taken_until,lease,file_id,expires_at}');

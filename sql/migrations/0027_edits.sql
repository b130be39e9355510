-- What people do with a post once it stands: they change what it says, and they take it down again.

create table public.post_edits (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    schedule_item_id uuid not null,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    before jsonb not null,
    after jsonb not null,
    voided_approval boolean not null default false,
    restored_from uuid,
    origin text not null default 'web',
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, schedule_item_id) references public.content_schedule_items (workspace_id, id) on delete cascade,
    foreign key (workspace_id, restored_from) references public.post_edits (workspace_id, id) on delete set null (restored_from)
);
comment on table public.post_edits is 'What a post said before and after each change that somebody made to it alone; never rewritten.';
comment on column public.post_edits.before is 'The content before: the shape of one variant.';
comment on column public.post_edits.voided_approval is 'Whether the post was approved as it stood before; it needs a new approval since.';
comment on column public.post_edits.restored_from is 'The edit whose earlier text was brought back, where that is what was done.';
create index post_edits_item_idx on public.post_edits (workspace_id, schedule_item_id, created_at desc);
call app.guard('public.post_edits', author => 'user_id', changes => null, removes => null,
    settable => '{id,workspace_id,schedule_item_id,user_id,before,after,voided_approval,restored_from,origin}',
    parents => '{schedule_item_id,content_schedule_items}');

create table public.post_removals (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    published_post_id uuid not null,
    platform_connection_id uuid,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    status text not null default 'asked' check (status in ('asked', 'deleted', 'refused')),
    tries int not null default 0 check (tries >= 0),
    error jsonb,
    origin text not null default 'web',
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    unique (workspace_id, id),
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, platform_connection_id) references public.platform_connections (workspace_id, id) on delete set null (platform_connection_id)
);
comment on table public.post_removals is 'Who had a published post deleted on its platform, and what became of it.';
comment on column public.post_removals.platform_connection_id is 'That of the published post, by trigger.';
comment on column public.post_removals.status is 'refused: the platform did not let it go, or could not be reached for long; somebody may ask again.';
comment on column public.post_removals.error is '{class, who, message, gone} of the last try that did not succeed; `gone` are the ids that are deleted already. Of a deletion that succeeded: what is still public.';
create unique index post_removals_one_open on public.post_removals (workspace_id, published_post_id) where status = 'asked';
call app.guard('public.post_removals', author => 'user_id', changes => null, removes => null,
    settable => '{id,workspace_id,published_post_id,user_id,origin}', parents => '{published_post_id,published_posts}');
call app.guard_status('public.post_removals', 'status', '{{new,asked}}', by_service => '{{asked,deleted},{asked,refused}}');

-- Whose account it is about is read, not believed: a key that is held to some accounts takes down no other's posts.
create function app.take_removal_account() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    new.platform_connection_id := (
        select p.platform_connection_id from public.published_posts p where p.workspace_id = new.workspace_id and p.id = new.published_post_id);
    return new;
end $$;
create trigger b_account before insert on public.post_removals for each row execute function app.take_removal_account();
create trigger b_keep_to_accounts before insert on public.post_removals
    for each row execute function app.keep_to_accounts('platform_connection_id');

-- What a published post consists of on its platform: the ids of its thread's parts as far as they are `known` (those that a person
-- confirmed by a link are known from what earlier tries kept), how many were `planned`, and its first comment.
create function app.parts_of(workspace uuid, published uuid, out known text[], out planned int, out comment_id text)
language sql stable set search_path = '' begin atomic
    select case when p.metadata ? 'part_ids' then array(select pg_catalog.jsonb_array_elements_text(p.metadata -> 'part_ids'))
                else array(select distinct on (number) each.value from (
                           select pg_catalog.substr(k.key, 6)::int as number, k.value, a.number as try
                             from public.publish_attempts a, pg_catalog.jsonb_each_text(a.remote_ids) k
                            where a.workspace_id = s.workspace_id and a.scheduled_post_id = s.id and k.key ~ '^part_[0-9]{1,4}$') each
                           order by number, each.try desc) end,
           greatest(pg_catalog.jsonb_array_length(case when pg_catalog.jsonb_typeof(s.snapshot -> 'thread') = 'array' then s.snapshot -> 'thread' else '[]' end), 1),
           (select f.comment_id from public.first_comments f
             where f.workspace_id = s.workspace_id and f.scheduled_post_id = s.id and f.part = 0)
      from public.published_posts p
      left join public.scheduled_posts s on s.workspace_id = p.workspace_id and s.published_post_id = p.id
     where p.workspace_id = parts_of.workspace and p.id = parts_of.published;
end;
comment on function app.parts_of is 'The ids of what a published post consists of on its platform, as far as they are known.';
grant execute on function app.parts_of to authenticated, service_role;

-- Approval: a post that needs it goes out only when somebody who may has said yes to what it says now.

create table public.approvals (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    scheduled_post_id uuid not null,
    status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'superseded')),
    requested_by uuid default auth.uid() references public.users (id) on delete set null,
    decided_by uuid references public.users (id) on delete set null,
    decided_at timestamptz,
    note text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, scheduled_post_id) references public.scheduled_posts (workspace_id, id) on delete cascade
);
comment on table public.approvals is 'Questions whether a post may go out, and the answers.';
comment on column public.approvals.status is 'superseded: the post says something else since; the question about that is a new row.';
create unique index approvals_one_pending on public.approvals (workspace_id, scheduled_post_id) where status = 'pending';
create index approvals_pending_idx on public.approvals (workspace_id, created_at) where status = 'pending';

-- Where the caller may approve: owners, admins, and members who were given the right.
create function app.my_approvals() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = ''
as $$
declare
    caller uuid := (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
begin
    return array(select m.workspace_id from public.workspace_members m where m.user_id = caller and (m.can_approve or m.role in ('admin', 'owner')));
end $$;
grant execute on function app.my_approvals() to authenticated;
call app.guard('public.approvals', changes => 'viewer', removes => null, author => 'requested_by',
    adds_when => $$status = 'pending'$$, changes_when => $$workspace_id = any (app.my_approvals()) and status <> 'superseded'$$,
    settable => '{id,workspace_id,scheduled_post_id,requested_by,note,status}', changeable => '{status,note}',
    parents => '{scheduled_post_id,scheduled_posts}', audited => '{}');
call app.guard_status('public.approvals', 'status', '{{new,pending},{pending,approved},{pending,rejected},{rejected,approved},{approved,rejected}}',
    by_service => '{{pending,superseded},{approved,superseded},{rejected,superseded}}');

create function app.decide_approval() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.decided_by := auth.uid();
    new.decided_at := now();
    return new;
end $$;
create trigger d_decide before update of status on public.approvals
    for each row when (new.status <> 'superseded') execute function app.decide_approval();

create function app.apply_approval() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    update public.scheduled_posts p set approved_at = case new.status when 'approved' then now() end
     where p.workspace_id = new.workspace_id and p.id = new.scheduled_post_id and p.status = 'scheduled'
       and (new.status = 'approved' or p.approved_at is not null);
    return null;
end $$;
create trigger apply_approval after update of status on public.approvals for each row execute function app.apply_approval();

create function app.ask_approval() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.approvals (workspace_id, scheduled_post_id, requested_by)
    values (new.workspace_id, new.id, new.user_id)
    on conflict (workspace_id, scheduled_post_id) where status = 'pending' do nothing;
    return null;
end $$;
create trigger ask_approval after insert on public.scheduled_posts
    for each row when (new.requires_approval and new.approved_at is null) execute function app.ask_approval();

-- A question is about what the post said when it was asked. Once that changes, whoever changed it, the question and its answer count
-- for nothing, and a new one is asked: an answer that comes late, to words that are gone, finds nothing to answer.
create function app.ask_approval_anew() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    update public.approvals a set status = 'superseded'
     where a.workspace_id = new.workspace_id and a.scheduled_post_id = new.id and a.status <> 'superseded';
    insert into public.approvals (workspace_id, scheduled_post_id, requested_by) values (new.workspace_id, new.id, new.user_id);
    return null;
end $$;
create trigger ask_approval_again after update of content, snapshot on public.scheduled_posts
    for each row when (new.requires_approval and (new.content, new.snapshot) is distinct from (old.content, old.snapshot))
    execute function app.ask_approval_anew();

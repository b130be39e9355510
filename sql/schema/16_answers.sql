-- Answers to requests that carried an Idempotency-Key, kept in the transaction that did the work: either both
-- are there or neither, whatever crashes between the commit and the answer.

create table public.request_answers (
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    key text not null check (length(key) between 1 and 200),
    fingerprint bytea not null,
    status int,
    headers jsonb not null default '{}',
    body text,
    created_at timestamptz not null default now(),
    primary key (workspace_id, user_id, key)
);
comment on column public.request_answers.fingerprint is 'SHA-256 of method, address and body: the same key with another request is refused.';
comment on column public.request_answers.status is 'Null only inside the transaction that is still at work; others wait for its end.';
create index request_answers_created_idx on public.request_answers (created_at);
call app.guard('public.request_answers', own => 'user_id', adds => 'viewer', changes => 'viewer', removes => null,
    settable => '{workspace_id,user_id,key,fingerprint}', changeable => '{status,headers,body}');

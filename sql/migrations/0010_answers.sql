-- Answers to requests that carried an Idempotency-Key, kept in the transaction that did the work: either both
-- are there or neither, whatever crashes between the commit and the answer.

create table app.request_answers (
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null references public.users (id) on delete cascade,
    key text not null check (length(key) between 1 and 200),
    fingerprint bytea not null,
    status int,
    headers jsonb not null default '{}',
    body text,
    created_at timestamptz not null default now(),
    primary key (workspace_id, user_id, key)
);
comment on table app.request_answers is 'Answers to requests that carried an Idempotency-Key, for a day.';
comment on column app.request_answers.fingerprint is 'SHA-256 of method, address and body: the same key with another request is refused.';
comment on column app.request_answers.status is 'Null only inside the transaction that is still at work; others wait for its end.';
create index request_answers_created_idx on app.request_answers (created_at);
call app.guard_private('app.request_answers');

-- Takes a key of the caller's for this transaction; waits for another that holds it. False: it was taken before.
create function app.claim_answer(workspace uuid, asked_key text, print bytea) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
    insert into app.request_answers (workspace_id, user_id, key, fingerprint)
    values (workspace, auth.uid(), asked_key, print) on conflict do nothing;
    return found;
end $$;
grant execute on function app.claim_answer(uuid, text, bytea) to authenticated;

-- The answer that a key of the caller's got before.
create function app.kept_answer(workspace uuid, asked_key text)
returns table (fingerprint bytea, status int, headers jsonb, body text)
language sql stable security definer set search_path = ''
as $$
    select a.fingerprint, a.status, a.headers, a.body from app.request_answers a
     where a.workspace_id = workspace and a.user_id = auth.uid() and a.key = asked_key
$$;
grant execute on function app.kept_answer(uuid, text) to authenticated;

-- Keeps the answer with the work that it tells of.
create function app.keep_answer(workspace uuid, asked_key text, answer_status int, answer_headers jsonb, answer_body text) returns void
language sql security definer set search_path = ''
as $$
    update app.request_answers set status = answer_status, headers = answer_headers, body = answer_body
     where workspace_id = workspace and user_id = auth.uid() and key = asked_key and status is null
$$;
grant execute on function app.keep_answer(uuid, text, int, jsonb, text) to authenticated;

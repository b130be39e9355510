-- Experiments: with when, format and cadence (optimization_trials), with content (ab_tests); and how winners are scored.

create table public.optimization_trials (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    trial_id text not null,
    hypothesis text not null,
    start_at timestamptz not null,
    end_at timestamptz,
    variants jsonb not null,
    primary_kpi text not null,
    guardrails jsonb,
    results_summary jsonb,
    log jsonb not null default '[]',
    status text not null default 'draft' check (status in ('draft', 'running', 'stopped', 'completed', 'cancelled')),
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, trial_id),
    check (end_at > start_at)
);
comment on table public.optimization_trials is 'Timing experiments: with when, format and cadence.';
comment on column public.optimization_trials.variants is 'The arms: slots, formats or cadences.';
comment on column public.optimization_trials.guardrails is 'Figures that stop it.';
comment on column public.optimization_trials.trial_id is 'The name that its people gave it; rows elsewhere refer to id.';
comment on column public.optimization_trials.log is 'Every look at the figures; pruned after a year.';
create index optimization_trials_user_idx on public.optimization_trials (user_id, created_at desc);
create index optimization_trials_start_idx on public.optimization_trials (workspace_id, start_at desc);
call app.guard('public.optimization_trials', author => 'user_id', removes => null, audited => '{log}',
    settable => '{id,workspace_id,user_id,trial_id,hypothesis,start_at,end_at,variants,primary_kpi,guardrails,status}',
    changeable => '{hypothesis,start_at,end_at,variants,primary_kpi,guardrails,status,archived_at}');
call app.guard_status('public.optimization_trials', 'status',
    '{{new,draft},{draft,running},{draft,cancelled},{running,stopped},{running,cancelled}}',
    by_service => '{{running,completed},{stopped,completed}}');

alter table public.recommended_schedule_slots
    add foreign key (workspace_id, trial_id) references public.optimization_trials (workspace_id, id) on delete set null (trial_id);
call app.index_keys('public.recommended_schedule_slots');

create table public.ab_tests (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    hypothesis text,
    variants jsonb[] not null,
    primary_kpi text,
    guardrails jsonb,
    status text default 'draft' check (status in ('draft', 'running', 'completed', 'cancelled')),
    winner_id uuid,
    confidence numeric(5, 4) check (confidence between 0 and 1),
    results jsonb,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    started_at timestamptz,
    completed_at timestamptz,
    unique (workspace_id, id),
    foreign key (workspace_id, winner_id) references public.published_posts (workspace_id, id) on delete set null (winner_id)
);
comment on table public.ab_tests is 'Content experiments.';
comment on column public.ab_tests.confidence is '0 to 1.';
comment on column public.ab_tests.variants is '{"label", "assembled_content_id", "published_content_id", "budget"} each.';
create index idx_tests_status on public.ab_tests (workspace_id, status);
create index idx_tests_winner on public.ab_tests (workspace_id, winner_id);
-- The winner and what is said of it are the engine's.
call app.guard('public.ab_tests', author => 'created_by', audited => '{}', removes_when => $$status = 'draft'$$,
    settable => '{id,workspace_id,name,hypothesis,variants,primary_kpi,guardrails,status,created_by,started_at}',
    changeable => '{name,hypothesis,variants,primary_kpi,guardrails,status}');
call app.guard_status('public.ab_tests', 'status',
    '{{new,draft},{new,running},{draft,running},{draft,cancelled},{running,completed},{running,cancelled}}');

create function app.time_test() returns trigger language plpgsql set search_path = ''
as $$
begin
    if new.status = 'running' then
        new.started_at := coalesce(new.started_at, now());
    elsif new.status in ('completed', 'cancelled') then
        new.completed_at := coalesce(new.completed_at, now());
    end if;
    return new;
end $$;
create trigger d_time before insert or update of status on public.ab_tests for each row execute function app.time_test();

-- How winners are scored. Global rows are starting points; a workspace has exactly one active at most.
create function app.weights_sum(weights jsonb) returns numeric language sql immutable parallel safe set search_path = ''
as $$ select sum(case jsonb_typeof(value) when 'number' then value::text::numeric end) from jsonb_each(case jsonb_typeof(weights) when 'object' then weights else '{}' end) $$;
grant execute on function app.weights_sum(jsonb) to authenticated, service_role;

create table public.scoring_configs (
    id uuid primary key default app.new_id(),
    workspace_id uuid references public.workspaces (id) on delete cascade,
    name text not null,
    weights jsonb not null,
    min_views_threshold integer default 1000 check (min_views_threshold >= 0),
    active boolean default true,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    constraint scoring_configs_weights_sum_to_one check (coalesce(abs(app.weights_sum(weights) - 1) < 0.0001, false))
);
comment on table public.scoring_configs is 'How winners are scored; one is active per workspace.';
comment on column public.scoring_configs.weights is '{engagement, ctr, conversions}: they sum to 1.';
comment on column public.scoring_configs.min_views_threshold is 'With fewer views nothing is scored.';
create unique index idx_scoring_active on public.scoring_configs (workspace_id) nulls not distinct where active;
create index scoring_configs_workspace_idx on public.scoring_configs (workspace_id, created_at desc);
call app.guard('public.scoring_configs', author => 'created_by', shared => true);

-- Activating one retires the other.
create function app.one_active_scoring() returns trigger language plpgsql set search_path = ''
as $$
begin
    if new.active then
        update public.scoring_configs s set active = false
         where s.workspace_id is not distinct from new.workspace_id and s.active and s.id <> new.id;
    end if;
    return new;
end $$;
create trigger b_one_active before insert or update of active on public.scoring_configs
    for each row execute function app.one_active_scoring();

create function app.first_scoring() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.scoring_configs (workspace_id, name, weights, created_by)
    values (new.id, 'Default', '{"engagement": 0.4, "ctr": 0.3, "conversions": 0.3}', new.created_by);
    return null;
end $$;
create trigger first_scoring after insert on public.workspaces for each row execute function app.first_scoring();

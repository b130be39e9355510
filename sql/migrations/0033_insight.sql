-- What is learned: predictions, best times, the audience, competitors. Computed rows are the service's.
-- `connector_id` is the analytics specification's word for a platform_connection.

create type public.prediction_status as enum ('pending', 'processing', 'completed', 'failed');

create table public.model_versions (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    version text not null,
    trained_at timestamptz not null default now(),
    trained_on int not null default 0,
    parameters jsonb not null default '{}',
    evaluation jsonb not null default '{}',
    artifact_path text,
    is_active boolean not null default false,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, name, version)
);
comment on table public.model_versions is 'Trained models, with how good each was.';
comment on column public.model_versions.trained_on is 'Rows.';
comment on column public.model_versions.evaluation is 'Its figures with the trivial baseline''s beside them.';
create unique index model_versions_one_active on public.model_versions (workspace_id, name) where is_active;
call app.guard('public.model_versions', adds => null, changes => null, removes => null);

create table public.viral_score_predictions (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    adaptation_id uuid,
    assembled_content_id uuid,
    output_id uuid,
    published_post_id uuid,
    content_id uuid generated always as (coalesce(adaptation_id, assembled_content_id, output_id)) stored,
    connector_id uuid,
    platform text references public.platforms (slug),
    predicted_score numeric check (predicted_score between 0 and 100),
    score_low numeric,
    score_high numeric,
    baseline_score numeric,
    confidence_score numeric check (confidence_score between 0 and 1),
    prediction_factors jsonb not null default '{}',
    model_version text,
    status public.prediction_status not null default 'pending',
    error_message text,
    frozen_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    check (num_nonnulls(adaptation_id, assembled_content_id, output_id, published_post_id) = 1),
    foreign key (workspace_id, adaptation_id) references public.content_adaptations (workspace_id, id) on delete cascade,
    foreign key (workspace_id, assembled_content_id) references public.cf_assembled_content (workspace_id, id) on delete cascade,
    foreign key (workspace_id, output_id) references public.outputs (workspace_id, id) on delete cascade,
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete set null (connector_id)
);
comment on column public.viral_score_predictions.predicted_score is '0 to 100: percentile within the account''s own posts.';
comment on column public.viral_score_predictions.baseline_score is 'What the trivial model says.';
comment on column public.viral_score_predictions.confidence_score is '0 to 1.';
comment on column public.viral_score_predictions.prediction_factors is 'What moved the score, and how far.';
comment on column public.viral_score_predictions.content_id is 'The one content reference that is set; null for a published post.';
comment on column public.viral_score_predictions.connector_id is 'A platform_connection.';
comment on table public.viral_score_predictions is 'Before publishing a row refers to the content, after it to the published post: a row each.';
comment on column public.viral_score_predictions.frozen_at is 'Set at publishing; what was predicted does not change after it.';
create index viral_score_predictions_content_idx on public.viral_score_predictions (workspace_id, content_id);
create index viral_score_predictions_created_idx on public.viral_score_predictions (workspace_id, created_at desc);
create index viral_score_predictions_waiting_idx on public.viral_score_predictions (created_at) where status = 'pending';
call app.guard('public.viral_score_predictions', changes => null, removes => null,
    settable => '{id,workspace_id,adaptation_id,assembled_content_id,output_id,published_post_id,connector_id,platform}');
call app.guard_status('public.viral_score_predictions', 'status', '{{new,pending}}',
    by_service => '{{new,processing},{new,completed},{new,failed},{pending,processing},{pending,completed},{pending,failed},{processing,completed},{processing,failed},{failed,pending}}');

create function app.keep_prediction() returns trigger language plpgsql set search_path = ''
as $$
begin
    raise exception using errcode = '23514', table = 'viral_score_predictions', column = 'frozen_at', constraint = 'viral_score_predictions_frozen',
        message = 'this prediction was frozen when its post was published';
end $$;
create trigger d_frozen before update on public.viral_score_predictions for each row
    when (old.frozen_at is not null
          and (old.frozen_at, old.predicted_score, old.score_low, old.score_high, old.baseline_score, old.confidence_score, old.prediction_factors, old.model_version)
              is distinct from
              (new.frozen_at, new.predicted_score, new.score_low, new.score_high, new.baseline_score, new.confidence_score, new.prediction_factors, new.model_version))
    execute function app.keep_prediction();

create table public.prediction_accuracy (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    prediction_id uuid not null,
    published_post_id uuid,
    predicted_score numeric not null,
    actual_score numeric not null,
    baseline_score numeric,
    accuracy_percentage numeric check (accuracy_percentage between 0 and 100),
    actual_metrics jsonb not null default '{}',
    model_version text,
    measured_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, prediction_id),
    foreign key (workspace_id, prediction_id) references public.viral_score_predictions (workspace_id, id) on delete cascade,
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete set null (published_post_id)
);
comment on table public.prediction_accuracy is 'How right a prediction was, once its window closed.';
create index prediction_accuracy_measured_idx on public.prediction_accuracy (workspace_id, measured_at desc);
call app.guard('public.prediction_accuracy', adds => null, changes => null, removes => null);

create table public.engagement_by_time (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    connector_id uuid,
    published_post_id uuid,
    platform text not null references public.platforms (slug),
    day_of_week smallint not null check (day_of_week between 0 and 6),
    hour_of_day smallint not null check (hour_of_day between 0 and 23),
    engagement_rate numeric,
    engagement_velocity numeric,
    posted_at timestamptz not null,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, published_post_id),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete set null (connector_id),
    foreign key (workspace_id, published_post_id) references public.published_posts (workspace_id, id) on delete set null (published_post_id)
);
comment on table public.engagement_by_time is 'Evidence for best times: a row per post, by weekday and hour.';
comment on column public.engagement_by_time.connector_id is 'A platform_connection.';
comment on column public.engagement_by_time.day_of_week is '0 = Sunday, in the zone of the account, as is hour_of_day.';
comment on column public.engagement_by_time.engagement_velocity is 'Interactions per hour in the first 24.';
create index engagement_by_time_cell_idx on public.engagement_by_time (workspace_id, connector_id, day_of_week, hour_of_day);
create index engagement_by_time_posted_idx on public.engagement_by_time (workspace_id, posted_at desc);
call app.guard('public.engagement_by_time', adds => null, changes => null, removes => null, parents => '{published_post_id,published_posts}');

create table public.optimal_posting_times (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    connector_id uuid not null,
    platform text not null references public.platforms (slug),
    day_of_week smallint not null check (day_of_week between 0 and 6),
    hour_of_day smallint not null check (hour_of_day between 0 and 23),
    optimization_score numeric not null check (optimization_score between 0 and 100),
    avg_engagement numeric,
    interval_low numeric,
    interval_high numeric,
    sample_size int not null default 0,
    is_prior boolean not null default true,
    version int not null default 1,
    computed_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, connector_id, day_of_week, hour_of_day),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.optimal_posting_times is 'Best times per account: 168 cells, learned or prior.';
comment on column public.optimal_posting_times.day_of_week is '0 = Sunday, in the zone of the account, as is hour_of_day.';
comment on column public.optimal_posting_times.sample_size is 'Posts behind it.';
comment on column public.optimal_posting_times.connector_id is 'A platform_connection.';
comment on column public.optimal_posting_times.is_prior is 'Not enough of its own yet: the baseline is shown, and said to be one.';
create index optimal_posting_times_best_idx on public.optimal_posting_times (workspace_id, connector_id, optimization_score desc);
call app.guard('public.optimal_posting_times', adds => null, changes => null, removes => null);

create table public.audience_demographics (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    connector_id uuid not null,
    platform text not null references public.platforms (slug),
    snapshot_date date not null,
    age_ranges jsonb not null default '{}',
    gender_distribution jsonb not null default '{}',
    top_countries jsonb not null default '{}',
    total_followers bigint check (total_followers >= 0),
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, connector_id, snapshot_date),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.audience_demographics is 'Who follows an account: a snapshot a day.';
call app.guard('public.audience_demographics', adds => null, changes => null, removes => null);

create table public.audience_interests (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    connector_id uuid not null,
    platform text not null references public.platforms (slug),
    snapshot_date date not null,
    interest_category text not null,
    affinity_score numeric,
    audience_percentage numeric check (audience_percentage between 0 and 100),
    engagement_rate numeric,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, connector_id, snapshot_date, interest_category),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.audience_interests is 'What followers care for: a snapshot a day.';
call app.guard('public.audience_interests', adds => null, changes => null, removes => null);

create table public.audience_growth (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    connector_id uuid not null,
    platform text not null references public.platforms (slug),
    snapshot_date date not null,
    follower_count bigint check (follower_count >= 0),
    follower_change int,
    growth_rate numeric,
    retention_rate numeric,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, connector_id, snapshot_date),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.audience_growth is 'How many follow an account: a snapshot a day.';
comment on column public.audience_growth.growth_rate is 'Of followers, since the snapshot before.';
call app.guard('public.audience_growth', adds => null, changes => null, removes => null);

create table public.competitor_profiles (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    name text not null,
    platform text not null references public.platforms (slug),
    handle text not null,
    host text,
    avatar_url text,
    is_active boolean not null default true,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id)
);
comment on table public.competitor_profiles is 'Accounts of others that a workspace watches.';
create unique index competitor_profiles_handle_key on public.competitor_profiles (workspace_id, platform, lower(handle));
create index competitor_profiles_active_idx on public.competitor_profiles (workspace_id) where is_active;
call app.guard('public.competitor_profiles', author => 'created_by');
create trigger b_platform_word before insert on public.competitor_profiles for each row execute function app.write_platform_word();

create table public.competitor_metrics (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    competitor_id uuid not null,
    recorded_date date not null,
    followers bigint check (followers >= 0),
    engagement numeric,
    posts_per_week numeric,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, competitor_id, recorded_date),
    foreign key (workspace_id, competitor_id) references public.competitor_profiles (workspace_id, id) on delete cascade
);
comment on table public.competitor_metrics is 'Their figures, a row a day.';
comment on column public.competitor_metrics.engagement is 'Interactions per post and follower.';
create index competitor_metrics_date_idx on public.competitor_metrics (workspace_id, recorded_date desc);
call app.guard('public.competitor_metrics', parents => '{competitor_id,competitor_profiles}');

create table public.benchmark_comparisons (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    connector_id uuid not null,
    platform text not null references public.platforms (slug),
    metric text not null,
    period_start date not null,
    period_end date not null,
    user_value numeric,
    industry_value numeric,
    competitor_value numeric,
    user_percentile numeric check (user_percentile between 0 and 100),
    percentile_low numeric,
    percentile_high numeric,
    sample_size int,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, connector_id, metric, period_start, period_end),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.benchmark_comparisons is 'An account beside its industry and its competitors.';
create index benchmark_comparisons_period_idx on public.benchmark_comparisons (workspace_id, period_end desc);
call app.guard('public.benchmark_comparisons', adds => null, changes => null, removes => null);

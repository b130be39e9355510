-- Retention (docs/decisions/0001 has the table) and upkeep. Each function does one thing, may run twice and at
-- any time, and says how much it did; app.maintain does all. What cannot run in a function (vacuum, reindex
-- concurrently) is `postwright db maintain`.

-- Raw events older than `keep`: their days are aggregated a last time and marked final, then the months go.
create function app.expire_kpi_events(at timestamptz default now(), keep interval default '180 days') returns int
language plpgsql security definer set search_path = ''
as $$
declare
    part record;
    edge timestamptz := date_trunc('month', at - keep, 'UTC');
    gone int := 0;
begin
    perform public.refresh_analytics_materialized_views();
    update public.post_metrics_daily set finalized_at = at
     where finalized_at is null and date < (edge at time zone 'UTC')::date;
    for part in
        select c.oid::regclass as name, c.relname
          from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'public.performance_kpi_events'::regclass and c.relname ~ '_y\d{4}m\d{2}$'
           and to_date(right(c.relname, 7), 'YYYY"m"MM') < (edge at time zone 'UTC')::date
         order by c.relname
    loop
        execute format('alter table public.performance_kpi_events detach partition %s', part.name);
        execute format('drop table %s', part.name);
        gone := gone + 1;
    end loop;
    delete from public.performance_kpi_events_default where event_time < edge;
    return gone;
end $$;

-- Completed outputs older than 90 days, but not what a post to come is made of, nor what a prediction is about.
create function app.archive_outputs(at timestamptz default now()) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    moved int;
begin
    with old as (
        delete from public.outputs o
         where o.status = 'completed' and o.created_at < at - interval '90 days'
           and not exists (select from public.content_schedule_items i
                            where i.workspace_id = o.workspace_id and i.output_id = o.id and i.status in ('queued', 'scheduled', 'failed'))
           and not exists (select from public.viral_score_predictions p where p.workspace_id = o.workspace_id and p.output_id = o.id)
        returning *)
    insert into public.outputs_archive select * from old on conflict (id) do nothing;
    get diagnostics moved = row_count;
    return moved;
end $$;

-- Exceptions are kept to the end of the quarter after theirs, then archived; a reason given before stays.
create function app.archive_exceptions(at timestamptz default now()) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    done int;
begin
    update public.schedule_exceptions
       set archived_at = at, archived_reason = coalesce(archived_reason, reason, exception_type)
     where archived_at is null and window_end < date_trunc('quarter', at, 'UTC') - interval '3 months';
    get diagnostics done = row_count;
    return done;
end $$;

-- The looks of experiments, a year after they ended. Configuration and summary stay.
create function app.prune_trial_logs(at timestamptz default now()) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    done int;
begin
    update public.optimization_trials set log = '[]'
     where log <> '[]' and coalesce(end_at, updated_at) < at - interval '365 days';
    get diagnostics done = row_count;
    return done;
end $$;

-- The quarterly review: a workspace's timing of more than two years is stale. Baselines are replaced by new versions.
create function app.expire_timing(at timestamptz default now()) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    done int;
begin
    update public.platform_timing_data set valid_to = at
     where workspace_id is not null and valid_to is null and valid_from < at - interval '2 years';
    get diagnostics done = row_count;
    return done;
end $$;

-- Notices, notifications of alerts, report runs (their files too) and deliveries of 90 days, kept answers of a day,
-- evidence of 400 days, and the audit log of 400 days or as many as workspaces.settings ->> 'audit_days' says, at least 30: who set it to nothing stays on record.
create function app.delete_expired(at timestamptz default now()) returns int
language plpgsql security definer set search_path = ''
as $$
declare
    done int := 0;
    removed int;
begin
    update public.files f set deleted_at = at
      from public.report_executions e
     where e.workspace_id = f.workspace_id and e.file_id = f.id and e.created_at < at - interval '90 days' and f.deleted_at is null;
    delete from public.report_executions where created_at < at - interval '90 days';
    get diagnostics removed = row_count;
    done := done + removed;
    delete from public.alert_notifications where triggered_at < at - interval '90 days';
    get diagnostics removed = row_count;
    done := done + removed;
    delete from public.webhook_deliveries where created_at < at - interval '90 days';
    get diagnostics removed = row_count;
    done := done + removed;
    delete from public.notifications where last_at < at - interval '90 days';
    get diagnostics removed = row_count;
    done := done + removed;
    delete from app.request_answers where created_at < at - interval '24 hours';
    get diagnostics removed = row_count;
    done := done + removed;
    delete from public.engagement_by_time where posted_at < at - interval '400 days';
    get diagnostics removed = row_count;
    done := done + removed;
    delete from public.audit_log a
     where a.created_at < at - make_interval(days => coalesce((
        select case when w.settings ->> 'audit_days' ~ '^\d{1,5}$' then greatest((w.settings ->> 'audit_days')::int, 30) end
          from public.workspaces w where w.id = a.workspace_id), 400));
    get diagnostics removed = row_count;
    return done + removed;
end $$;

-- Indexes of active rows swell; the planner's knowledge ages.
create function app.reindex_active() returns int language plpgsql security definer set search_path = ''
as $$
declare
    index regclass;
    done int := 0;
begin
    for index in
        select i.indexrelid::regclass from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid
         where c.relnamespace = 'public'::regnamespace and i.indpred is not null and not c.relispartition
           and c.relkind = 'r' and c.relname in ('content_schedule_items', 'scheduled_posts', 'platform_timing_data', 'outputs', 'video_jobs')
    loop
        execute format('reindex index %s', index);
        done := done + 1;
    end loop;
    return done;
end $$;

create function app.maintain(at timestamptz default now()) returns jsonb language sql security definer set search_path = ''
as $$
    select jsonb_build_object(
        'months_made', app.make_kpi_months(at, at + interval '2 months'),
        'months_dropped', app.expire_kpi_events(at),
        'outputs_archived', app.archive_outputs(at),
        'exceptions_archived', app.archive_exceptions(at),
        'logs_pruned', app.prune_trial_logs(at),
        'timing_expired', app.expire_timing(at),
        'rows_deleted', app.delete_expired(at))
$$;
grant execute on function app.expire_kpi_events(timestamptz, interval), app.archive_outputs(timestamptz), app.archive_exceptions(timestamptz),
    app.prune_trial_logs(timestamptz), app.expire_timing(timestamptz), app.delete_expired(timestamptz), app.reindex_active(),
    app.maintain(timestamptz) to service_role;

-- The months around now, so that the first events have their partition.
do $$ begin perform app.make_kpi_months(now() - interval '1 month', now() + interval '1 month'); end $$;

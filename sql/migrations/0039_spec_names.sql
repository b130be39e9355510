-- The specifications' other names for what we have (docs/decisions/0002). Every view runs with the rights of
-- who asks. Simple ones PostgreSQL updates by itself; three have triggers; the rest are read-only.

-- repostr: a user's profile. Readable and writable is one's own.
create view public.profiles with (security_invoker = true) as
    select id as user_id, full_name::text as name, preferences, tone_of_voice, created_at, updated_at from public.users;
comment on view public.profiles is 'users, as repostr names them. Inserting or updating writes one''s own row.';
grant select, insert, update on public.profiles to authenticated, service_role;

create function app.write_profile() returns trigger language plpgsql set search_path = ''
as $$
begin
    new.user_id := coalesce(new.user_id, auth.uid());
    if current_user = 'authenticated' and new.user_id is distinct from auth.uid() then
        raise exception using errcode = '42501', message = 'a profile is written by its user';
    end if;
    update public.users u
       set full_name = case when tg_op = 'INSERT' then coalesce(new.name, u.full_name) else new.name end,
           preferences = coalesce(new.preferences, u.preferences),
           tone_of_voice = case when tg_op = 'INSERT' then coalesce(new.tone_of_voice, u.tone_of_voice) else new.tone_of_voice end
     where u.id = new.user_id
    returning u.full_name, u.preferences, u.tone_of_voice, u.created_at, u.updated_at
         into new.name, new.preferences, new.tone_of_voice, new.created_at, new.updated_at;
    if not found then
        raise exception using errcode = '23503', message = 'there is no such user: signing up makes the user, and with it the profile';
    end if;
    return new;
end $$;
create trigger trg_profiles instead of insert or update on public.profiles for each row execute function app.write_profile();

-- analytics
create view public.user_profiles with (security_invoker = true) as
    select id, email, full_name, avatar_url, timezone, created_at, updated_at from public.users;
comment on view public.user_profiles is 'users, as analytics names them. Read-only.';
grant select on public.user_profiles to authenticated, service_role;

create view public.connectors with (security_invoker = true) as
    select id, workspace_id, user_id, platform, platform_user_id, environment, host, handle, display_name, avatar_url, timezone,
           token_expires_at, scope, profile_data, is_active, health, last_error, paused_at, created_at, updated_at, last_sync_at
      from public.platform_connections;
comment on view public.connectors is 'platform_connections without their tokens. Read-only.';
grant select on public.connectors to authenticated, service_role;

create view public.content with (security_invoker = true) as
    select id, workspace_id, user_id, 'adaptation' as kind, coalesce(title, left(original_idea, 80)) as title, original_idea as body,
           null::text as platform, null::text as status, created_at, updated_at
      from public.content_adaptations where deleted_at is null
    union all
    select id, workspace_id, created_by, 'assembled', left(caption, 80), caption, platform, status, created_at, created_at from public.cf_assembled_content
    union all
    select id, workspace_id, user_id, 'output', left(body, 80), body, null, status::text, created_at, updated_at from public.outputs;
comment on view public.content is 'Everything that can be scheduled: drafts, assembled shorts, outputs. Read-only.';
grant select on public.content to authenticated, service_role;

-- scheduling
create view public.schedule_recommendations with (security_invoker = true) as
    select id, workspace_id, platform_id, platform_connection_id, content_format, slot_start, slot_end, confidence_score, reason, trial_id,
           source_timing_id, created_at
      from public.recommended_schedule_slots;
comment on view public.schedule_recommendations is 'recommended_schedule_slots. Read-only for users.';
grant select on public.schedule_recommendations to authenticated, service_role;

create view public.schedule_assignments with (security_invoker = true) as
    select id, workspace_id, schedule_item_id, worker_id, scheduled_for as scheduled_at,
           case status when 'completed' then 'posted' when 'failed' then 'failed' when 'cancelled' then 'canceled'
                       when 'scheduled' then case when worker_id is null then 'queued' else 'scheduled' end
                       else 'scheduled' end as status,
           last_error, retry_count, last_retry_at, created_at, updated_at
      from public.scheduled_posts;
comment on view public.schedule_assignments is 'scheduled_posts as a worker sees them. Inserting commits an item; a status set here moves the commitment.';
grant select, insert, update on public.schedule_assignments to authenticated, service_role;
grant delete on public.schedule_assignments to service_role;

-- What an item would send, from its draft, its assembly, its output or itself.
create function app.item_snapshot(item public.content_schedule_items) returns jsonb language sql stable set search_path = ''
as $$
    select coalesce(
        (select d.adaptations -> p.slug from public.content_adaptations d, public.platforms p
          where d.workspace_id = item.workspace_id and d.id = item.adaptation_id and p.id = item.platform_id),
        (select jsonb_build_object('text', a.caption, 'hashtags', to_jsonb(a.hashtags), 'media_urls', jsonb_build_array(a.final_video_url))
           from public.cf_assembled_content a
          where a.workspace_id = item.workspace_id
            and a.id = coalesce(item.assembled_content_id, (
                select j.assembled_content_id from public.video_jobs j where j.workspace_id = item.workspace_id and j.id = item.video_job_id))),
        (select jsonb_build_object('text', o.body) from public.outputs o where o.workspace_id = item.workspace_id and o.id = item.output_id),
        item.content)
$$;
grant execute on function app.item_snapshot(public.content_schedule_items) to authenticated, service_role;

create function app.write_assignment() returns trigger language plpgsql set search_path = ''
as $$
declare
    item public.content_schedule_items;
    sent jsonb;
    account uuid;
    goes text := ('{"canceled": "cancelled", "posted": "completed", "failed": "failed", "queued": "scheduled"}'::jsonb) ->> new.status;
begin
    if tg_op = 'DELETE' then
        delete from public.scheduled_posts s where s.workspace_id = old.workspace_id and s.id = old.id;
        return old;
    end if;
    if tg_op = 'UPDATE' then
        if current_user = 'authenticated' then
            -- A person moves it or calls it off; what the system owns is not in the grant.
            update public.scheduled_posts s
               set scheduled_for = new.scheduled_at, status = case when new.status <> old.status then coalesce(goes, new.status) else s.status end
             where s.workspace_id = old.workspace_id and s.id = old.id;
            return case when found then new end;  -- being published, it is not theirs to change: no row was updated
        end if;
        update public.scheduled_posts s
           set scheduled_for = new.scheduled_at, worker_id = new.worker_id, last_error = new.last_error, retry_count = new.retry_count,
               last_retry_at = new.last_retry_at,
               -- A worker that takes it has it for a quarter of an hour; then another may.
               status = case when new.status = old.status then s.status when new.status = 'scheduled' then 'processing' else goes end,
               fence = s.fence + case when new.status = 'scheduled' and old.status = 'queued' then 1 else 0 end,
               lease_expires_at = case when new.status = 'scheduled' and old.status = 'queued' then now() + interval '15 minutes'
                                       when new.status <> old.status then null else s.lease_expires_at end
         where s.workspace_id = old.workspace_id and s.id = old.id;
        return new;
    end if;
    select * into item from public.content_schedule_items i where i.id = new.schedule_item_id;
    if not found then
        raise exception using errcode = '23503', message = 'there is no such item';
    end if;
    if coalesce(new.status, 'queued') not in ('queued', 'scheduled') then
        raise exception using errcode = '23514', constraint = 'schedule_assignments_status_transition',
            message = format('schedule_assignments.status cannot go from new to %s', new.status);
    end if;
    sent := coalesce(app.item_snapshot(item), '{}');
    account := coalesce(item.platform_connection_id, (
        select c.id from public.platform_connections c join public.platforms p on p.slug = c.platform
         where c.workspace_id = item.workspace_id and p.id = item.platform_id and c.is_active order by c.position, c.created_at limit 1));
    if account is null then
        raise exception using errcode = '23502', message = 'the item names no account, and the workspace has none on its platform: connect one';
    end if;
    insert into public.scheduled_posts (workspace_id, user_id, schedule_item_id, adaptation_id, platform_connection_id, platform, content, snapshot, scheduled_for, timezone)
    select item.workspace_id,
           case when current_user = 'authenticated' then auth.uid()
                else coalesce(item.created_by, (select c.user_id from public.platform_connections c where c.workspace_id = item.workspace_id and c.id = account)) end,
           item.id, item.adaptation_id, account, p.slug,
           coalesce(sent ->> 'text', sent ->> 'body', sent ->> 'title', ''), sent, coalesce(new.scheduled_at, item.scheduled_at), coalesce(item.timezone, 'UTC')
      from public.platforms p where p.id = item.platform_id
    returning id, workspace_id, scheduled_for, created_at, updated_at into new.id, new.workspace_id, new.scheduled_at, new.created_at, new.updated_at;
    new.status := 'queued';
    new.retry_count := 0;
    return new;
end $$;
create trigger trg_assignments instead of insert or update or delete on public.schedule_assignments
    for each row execute function app.write_assignment();

-- content factory
create view public.cf_published_content with (security_invoker = true) as
    select p.id, p.workspace_id, p.assembled_content_id, p.platform::text as platform, p.platform_post_id::text as platform_post_id, p.platform_url,
           m.budget as promotion_budget, coalesce(m.status, 'none') as promotion_status, m.started_at as promotion_started_at, m.ended_at as promotion_ended_at,
           p.published_at
      from public.published_posts p
      left join public.post_promotions m on m.workspace_id = p.workspace_id and m.published_post_id = p.id and m.is_current
     where p.assembled_content_id is not null;
comment on view public.cf_published_content is
    'published_posts that came from the factory, with their promotion. Inserting records what was published elsewhere; updating sets the promotion.';
grant select, insert, update, delete on public.cf_published_content to authenticated, service_role;

-- Runs as the owner, because a user may not say of a post of ours that it is public; what was published by
-- other means they may record. It therefore checks by itself who asks.
create function app.write_published_content() returns trigger language plpgsql security definer set search_path = ''
as $$
declare
    home uuid;
    by_service boolean := current_setting('role') = 'service_role';
    made uuid;
begin
    if tg_op = 'INSERT' then
        select a.workspace_id into home from public.cf_assembled_content a where a.id = new.assembled_content_id;
    else
        home := old.workspace_id;
    end if;
    if home is null or not (by_service or home = any (app.my_workspaces('editor'))) then
        raise exception using errcode = '42501', message = 'only who edits in the workspace may write what it published';
    end if;
    if tg_op = 'DELETE' then
        if not by_service and not exists (select from public.published_posts p where p.workspace_id = home and p.id = old.id and p.metadata @> '{"recorded": true}') then
            raise exception using errcode = '42501', message = 'what Postwright published stays in its ledger';
        end if;
        delete from public.published_posts p where p.workspace_id = home and p.id = old.id;
        return old;
    end if;
    if tg_op = 'INSERT' then
        insert into public.published_posts (workspace_id, user_id, assembled_content_id, platform, environment, platform_post_id, platform_url, status, content, metadata, published_at)
        select home, coalesce(auth.uid(), a.created_by), a.id, app.platform_word(new.platform), coalesce(w.environment, 'live'), new.platform_post_id, new.platform_url,
               'published', coalesce(a.caption, ''), '{"recorded": true}', coalesce(new.published_at, now())
          from public.cf_assembled_content a join public.workspaces w on w.id = a.workspace_id
         where a.workspace_id = home and a.id = new.assembled_content_id
        returning id, published_at into made, new.published_at;
        new.id := made;
        new.workspace_id := home;
        update public.cf_assembled_content a set status = 'published' where a.workspace_id = home and a.id = new.assembled_content_id and a.status = 'ready';
    else
        update public.published_posts p
           set platform_post_id = new.platform_post_id, platform_url = new.platform_url, published_at = new.published_at
         where p.workspace_id = home and p.id = old.id and (by_service or p.metadata @> '{"recorded": true}')
           and (p.platform_post_id, p.platform_url, p.published_at) is distinct from (new.platform_post_id::varchar, new.platform_url, new.published_at);
    end if;
    if coalesce(new.promotion_status, 'none') <> 'none' or new.promotion_budget is not null
       or exists (select from public.post_promotions m where m.workspace_id = home and m.published_post_id = new.id and m.is_current) then
        insert into public.post_promotions as m (workspace_id, published_post_id, budget, status, started_at, ended_at, created_by)
        values (home, new.id, new.promotion_budget, new.promotion_status, new.promotion_started_at, new.promotion_ended_at, auth.uid())
        on conflict (workspace_id, published_post_id) where is_current do update
           set budget = excluded.budget, status = excluded.status, started_at = excluded.started_at, ended_at = excluded.ended_at;
    end if;
    return new;
end $$;
create trigger trg_published_content instead of insert or update or delete on public.cf_published_content
    for each row execute function app.write_published_content();

create view public.cf_performance_metrics with (security_invoker = true) as
    select id, workspace_id, published_post_id as published_content_id, date, views, likes, comments, shares, saves, clicks, conversions, spend,
           engagement_rate, ctr, created_at
      from public.post_metrics_daily;
comment on view public.cf_performance_metrics is 'post_metrics_daily.';
grant select, insert, update on public.cf_performance_metrics to authenticated, service_role;

create view public.cf_ab_tests with (security_invoker = true) as
    select id, workspace_id, name, variants, status, winner_id, confidence, created_at, started_at, completed_at from public.ab_tests;
comment on view public.cf_ab_tests is 'ab_tests.';
grant select, insert, update, delete on public.cf_ab_tests to authenticated, service_role;

create view public.cf_scoring_config with (security_invoker = true) as
    select id, workspace_id, name, weights, min_views_threshold, active, created_at from public.scoring_configs;
comment on view public.cf_scoring_config is 'scoring_configs.';
grant select, insert, update, delete on public.cf_scoring_config to authenticated, service_role;

create view public.cf_audit_log with (security_invoker = true) as
    select id, workspace_id, table_name, record_id, action, old_data, new_data, user_id, created_at from public.audit_log;
comment on view public.cf_audit_log is 'audit_log. Read-only: a trigger writes it.';
grant select on public.cf_audit_log to authenticated, service_role;

-- analytics: rollups
create view public.analytics_aggregated_daily with (security_invoker = true) as
    select m.*, m.platform_connection_id as connector_id from public.metrics_by_day m where m.date >= current_date - 90;
comment on view public.analytics_aggregated_daily is 'metrics_by_day of the last 90 days. Read-only.';
create view public.analytics_aggregated_weekly with (security_invoker = true) as
    select m.*, m.platform_connection_id as connector_id from public.metrics_by_week m where m.week_start >= current_date - 366;
comment on view public.analytics_aggregated_weekly is 'metrics_by_week of the last year. Read-only.';
create view public.platform_performance_summary with (security_invoker = true) as
    select * from public.metrics_by_platform;
comment on view public.platform_performance_summary is 'metrics_by_platform: sums, and percentiles over posts. Read-only.';

create view public.engagement_summary_by_hour with (security_invoker = true) as
    select workspace_id, platform, hour_of_day, count(*) as posts, avg(engagement_rate) as avg_engagement_rate,
           percentile_cont(0.5) within group (order by engagement_rate) as median_engagement_rate, avg(engagement_velocity) as avg_engagement_velocity
      from public.engagement_by_time group by workspace_id, platform, hour_of_day;
comment on view public.engagement_summary_by_hour is 'Read-only. Hours are in the zone of the account.';
create view public.engagement_summary_by_day with (security_invoker = true) as
    select workspace_id, platform, day_of_week, count(*) as posts, avg(engagement_rate) as avg_engagement_rate,
           percentile_cont(0.5) within group (order by engagement_rate) as median_engagement_rate, avg(engagement_velocity) as avg_engagement_velocity
      from public.engagement_by_time group by workspace_id, platform, day_of_week;
comment on view public.engagement_summary_by_day is 'Read-only. 0 = Sunday.';
create view public.audience_demographics_latest with (security_invoker = true) as
    select distinct on (workspace_id, connector_id) * from public.audience_demographics order by workspace_id, connector_id, snapshot_date desc;
comment on view public.audience_demographics_latest is 'The latest snapshot of each account. Read-only.';
create view public.competitor_benchmark_summary with (security_invoker = true) as
    select c.workspace_id, c.id as competitor_id, c.name, c.platform, c.handle, c.is_active, m.recorded_date, m.followers, m.engagement, m.posts_per_week
      from public.competitor_profiles c
      left join lateral (
           select x.recorded_date, x.followers, x.engagement, x.posts_per_week from public.competitor_metrics x
            where x.workspace_id = c.workspace_id and x.competitor_id = c.id order by x.recorded_date desc limit 1) m on true;
comment on view public.competitor_benchmark_summary is 'Each competitor with the latest figures. Read-only.';
grant select on public.analytics_aggregated_daily, public.analytics_aggregated_weekly, public.platform_performance_summary,
    public.engagement_summary_by_hour, public.engagement_summary_by_day, public.audience_demographics_latest,
    public.competitor_benchmark_summary to authenticated, service_role;

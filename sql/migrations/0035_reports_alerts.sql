-- Reports and alerts, and the ways by which they reach people and programs.

create type public.alert_severity as enum ('info', 'warning', 'critical');
create type public.alert_status as enum ('active', 'acknowledged', 'resolved', 'muted');
create type public.report_status as enum ('scheduled', 'generating', 'completed', 'failed');
create type public.report_format as enum ('pdf', 'csv', 'json', 'html');

create table public.custom_reports (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    name text not null,
    description text,
    report_type text not null,
    query_config jsonb not null default '{}',
    metrics text[] not null default '{}',
    dimensions text[] not null default '{}',
    is_public boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id)
);
comment on table public.custom_reports is 'Reports that people put together.';
comment on column public.custom_reports.query_config is '{filters, period, comparison}; metrics and dimensions stand in their columns.';
comment on column public.custom_reports.is_public is 'May be read by who holds its signed link.';
create index custom_reports_created_idx on public.custom_reports (workspace_id, created_at desc);
call app.guard('public.custom_reports', author => 'user_id');

create table public.report_schedules (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    report_id uuid not null,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    cron_expression text not null,
    timezone text not null default 'UTC',
    format public.report_format not null default 'pdf',
    delivery_method text not null check (delivery_method in ('email', 'webhook', 'link')),
    recipients text[] not null default '{}',
    is_active boolean not null default true,
    next_run_at timestamptz,
    last_run_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, report_id) references public.custom_reports (workspace_id, id) on delete cascade
);
comment on table public.report_schedules is 'When a report goes to whom.';
comment on column public.report_schedules.recipients is 'Addresses, by delivery_method.';
create index report_schedules_due_idx on public.report_schedules (next_run_at) where is_active;
call app.guard('public.report_schedules', author => 'user_id', parents => '{report_id,custom_reports}', audited => '{next_run_at,last_run_at}',
    changeable => '{cron_expression,timezone,format,delivery_method,recipients,is_active,next_run_at}');

create table public.report_executions (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    report_id uuid not null,
    schedule_id uuid,
    status public.report_status not null default 'scheduled',
    format public.report_format not null default 'pdf',
    period_start timestamptz,
    period_end timestamptz,
    output_url text,
    file_id uuid,
    values_hash text,
    delivered jsonb not null default '{}',
    duration_ms int check (duration_ms >= 0),
    error_message text,
    requested_by uuid default auth.uid() references public.users (id) on delete set null,
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, report_id) references public.custom_reports (workspace_id, id) on delete cascade,
    foreign key (workspace_id, schedule_id) references public.report_schedules (workspace_id, id) on delete set null (schedule_id),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete set null (file_id)
);
comment on table public.report_executions is 'Runs of reports. 90 days.';
comment on column public.report_executions.delivered is 'Recipient -> when: each gets it exactly once, also across a crash.';
create index report_executions_created_idx on public.report_executions (workspace_id, created_at desc);
create index report_executions_open_idx on public.report_executions (created_at) where status in ('scheduled', 'generating');
call app.guard('public.report_executions', author => 'requested_by', changes => null, removes => null, parents => '{report_id,custom_reports}',
    settable => '{id,workspace_id,report_id,format,period_start,period_end,requested_by}');
call app.guard_status('public.report_executions', 'status', '{{new,scheduled}}',
    by_service => '{{new,generating},{scheduled,generating},{scheduled,failed},{generating,completed},{generating,failed},{failed,scheduled}}');

create table public.performance_alerts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    alert_name text not null,
    alert_type text not null check (alert_type in ('threshold', 'change', 'anomaly', 'post_failed', 'token_expiring', 'prediction_missed')),
    metric text not null,
    condition_operator text not null default '>' check (condition_operator in ('>', '>=', '<', '<=', '=', '<>')),
    threshold_value numeric,
    connector_id uuid,
    window_minutes int not null default 1440 check (window_minutes > 0),
    notification_channels text[] not null default '{in_app}' check (notification_channels <@ '{in_app,email,webhook,slack}'),
    renotify_minutes int check (renotify_minutes > 0),
    severity public.alert_severity not null default 'warning',
    is_active boolean not null default true,
    phase text not null default 'ok' check (phase in ('ok', 'pending', 'active', 'acknowledged', 'recovering', 'resolved')),
    muted_until timestamptz,
    no_data boolean not null default false,
    last_value numeric,
    last_evaluated_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, connector_id) references public.platform_connections (workspace_id, id) on delete cascade
);
comment on table public.performance_alerts is 'Alerts: what is watched, and where each stands.';
comment on column public.performance_alerts.renotify_minutes is 'Null: told once.';
comment on column public.performance_alerts.no_data is 'The figure vanished; an active alert does not end by that.';
comment on column public.performance_alerts.muted_until is 'Nobody is told before.';
create index performance_alerts_active_idx on public.performance_alerts (last_evaluated_at nulls first) where is_active;
create index performance_alerts_created_idx on public.performance_alerts (workspace_id, created_at desc);
call app.guard('public.performance_alerts', author => 'user_id', audited => '{last_value,last_evaluated_at}',
    settable => '{id,workspace_id,user_id,alert_name,alert_type,metric,condition_operator,threshold_value,connector_id,window_minutes,notification_channels,renotify_minutes,severity,is_active}',
    changeable => '{alert_name,alert_type,metric,condition_operator,threshold_value,connector_id,window_minutes,notification_channels,renotify_minutes,severity,is_active,muted_until}');
call app.guard_status('public.performance_alerts', 'phase', '{{new,ok}}',
    by_service => '{{ok,pending},{ok,active},{pending,ok},{pending,active},{active,acknowledged},{active,recovering},{active,resolved},{acknowledged,recovering},
                    {acknowledged,resolved},{recovering,active},{recovering,resolved},{resolved,ok},{resolved,pending},{resolved,active}}');

create table public.alert_notifications (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    alert_id uuid not null,
    triggered_at timestamptz not null default now(),
    status public.alert_status not null default 'active',
    current_value numeric,
    alert_message text not null,
    channels_sent jsonb not null default '{}',
    acknowledged_by uuid references public.users (id) on delete set null,
    acknowledged_at timestamptz,
    resolved_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, alert_id) references public.performance_alerts (workspace_id, id) on delete cascade
);
comment on table public.alert_notifications is 'Each time an alert fired. 90 days.';
create index alert_notifications_triggered_idx on public.alert_notifications (workspace_id, triggered_at desc);
create index alert_notifications_open_idx on public.alert_notifications (workspace_id, status) where status in ('active', 'acknowledged');
call app.guard('public.alert_notifications', adds => null, removes => null, changeable => '{status}', parents => '{alert_id,performance_alerts}');
call app.guard_status('public.alert_notifications', 'status',
    '{{active,acknowledged},{active,resolved},{acknowledged,resolved},{active,muted},{acknowledged,muted},{muted,active},{muted,resolved}}',
    by_service => '{{new,active},{new,muted}}');

-- Who acknowledged, and when; the alert itself follows.
create function app.settle_alert() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if new.status = 'acknowledged' then
        new.acknowledged_by := auth.uid();
        new.acknowledged_at := now();
        update public.performance_alerts a set phase = 'acknowledged'
         where a.workspace_id = new.workspace_id and a.id = new.alert_id and a.phase = 'active';
    elsif new.status = 'resolved' then
        new.resolved_at := now();
        update public.performance_alerts a set phase = 'resolved'
         where a.workspace_id = new.workspace_id and a.id = new.alert_id and a.phase in ('active', 'acknowledged', 'recovering');
    end if;
    return new;
end $$;
create trigger d_settle before update of status on public.alert_notifications for each row execute function app.settle_alert();

create table public.webhooks (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    url text not null check (url ~ '^https?://'),
    secret text not null,
    events text[] not null default '{}',
    description text,
    is_active boolean not null default true,
    disabled_reason text,
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id)
);
comment on table public.webhooks is 'Addresses that are told what happens.';
comment on column public.webhooks.secret is 'Sealed (kit/crypto.py); shown once when it is made, read only by the service.';
call app.guard('public.webhooks', reads => 'admin', adds => 'admin', changes => 'admin', removes => 'admin', author => 'created_by', hidden => '{secret}',
    settable => '{id,workspace_id,url,secret,events,description,is_active,created_by}', changeable => '{url,secret,events,description,is_active}',
    audited => '{secret}');

create table public.webhook_deliveries (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    webhook_id uuid not null,
    event text not null,
    payload jsonb not null,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    attempts int not null default 0,
    next_attempt_at timestamptz not null default now(),
    response_status int,
    last_error text,
    delivered_at timestamptz,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, webhook_id) references public.webhooks (workspace_id, id) on delete cascade
);
comment on table public.webhook_deliveries is 'What they were told, or are still to be. 90 days.';
create index webhook_deliveries_due_idx on public.webhook_deliveries (next_attempt_at) where status = 'pending';
create index webhook_deliveries_created_idx on public.webhook_deliveries (workspace_id, created_at desc);
call app.guard('public.webhook_deliveries', reads => 'admin', adds => null, changes => null, removes => null, parents => '{webhook_id,webhooks}');

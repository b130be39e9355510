-- Background jobs run on Procrastinate, in a schema of its own that no signed-in user can see. The
-- migration runner applies its packaged SQL before this file.

do $grants$
begin
    if to_regnamespace('procrastinate') is not null then
        grant usage on schema procrastinate to service_role;
        grant select, insert, update, delete on all tables in schema procrastinate to service_role;
        grant usage, select on all sequences in schema procrastinate to service_role;
        grant execute on all functions in schema procrastinate to service_role;
    end if;
end
$grants$;

-- Defers one job: {workspace, ids}. Only tasks of the closed list, only in a workspace where the caller
-- edits. A job that already waits with the same arguments is not deferred again; null then.
create function app.enqueue(task text, workspace uuid, ids uuid[]) returns bigint
language plpgsql security definer set search_path = procrastinate, pg_temp
as $$
declare
    arguments jsonb := jsonb_build_object('workspace', workspace, 'ids', to_jsonb(coalesce(ids, '{}')));
    -- One at a time: the renders of a draft, the conversions and measurements of a workspace, and everything that rewrites its history.
    alone text := case task when 'render_media' then 'render:' || coalesce(ids[1]::text, workspace::text)
                            when 'simulate_history' then 'history:' || workspace when 'forget_history' then 'history:' || workspace
                            when 'make_export' then 'export:' || workspace when 'convert_media' then 'convert:' || workspace
                            when 'measure_posts' then 'measure:' || workspace end;
    -- What may take long has a queue and hands of its own; the tasks say the same (worker/jobs.py).
    queue text := case when task in ('render_media', 'measure_posts', 'simulate_history', 'forget_history', 'make_export', 'convert_media')
                       then 'heavy' else 'default' end;
begin
    if task <> all ('{render_media,measure_posts,simulate_history,forget_history,make_export,convert_media,revoke_account,ask_choices,remove_posts}'::text[]) then
        raise exception using errcode = '22023', message = format('there is no task %s', task);
    end if;
    -- The setting holds the role that the transaction took, also inside this function.
    if current_setting('role') = 'authenticated' and not coalesce(workspace = any (app.my_workspaces('editor')), false) then
        raise exception using errcode = '42501', message = 'only who edits in a workspace may start jobs there';
    end if;
    if task <> all ('{render_media,convert_media,ask_choices,remove_posts}'::text[])
       and position('"accounts"' in coalesce(current_setting('request.jwt.claims', true), '')) > 0 then
        raise exception using errcode = '42501', constraint = 'key_accounts', message = 'This key is held to some accounts, and this job is about all.';
    end if;
    return (procrastinate.procrastinate_defer_jobs_v1(array[
        row(queue, task, 0, alone, task || ':' || md5(arguments::text), arguments, null)::procrastinate.procrastinate_job_to_defer_v1]))[1];
exception when unique_violation then
    return null;
end $$;
grant execute on function app.enqueue(text, uuid, uuid[]) to authenticated, service_role;

-- What a post takes of a limit beyond the one that its claim took: further parts of a thread, a first comment, calls after an upload.

-- Takes so many more of one limit by name. They may go below nothing: the post is under way, and those after it wait until it is made up.
create function app.spend_tokens(space uuid, connection uuid, budget text, amount int, at timestamptz) returns void
language plpgsql security definer set search_path = ''
as $$
declare
    slug text;
    env text;
begin
    select c.platform, c.environment into slug, env from public.platform_connections c where c.workspace_id = space and c.id = connection;
    perform app.lock_budgets(slug, space, connection);
    update public.rate_budgets b
       set remaining = app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at) - amount, filled_at = greatest(b.filled_at, at)
     where b.workspace_id = space and b.platform_connection_id = connection and b.name = budget;
    update app.shared_budgets b
       set remaining = app.bucket_level(b.capacity, b.remaining, b.per_seconds, b.filled_at, at) - amount, filled_at = greatest(b.filled_at, at)
     where b.platform = slug and b.environment = env and b.name = budget;
end $$;
grant execute on function app.spend_tokens(uuid, uuid, text, int, timestamptz) to service_role;

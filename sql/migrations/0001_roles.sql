-- Schemas, and what Supabase has and a plain PostgreSQL lacks.
--
-- The roles themselves (anon, authenticated, service_role, app_auth) belong to the whole cluster;
-- postwright.db.bootstrap creates them before the first migration. Nothing here needs a superuser.

create schema if not exists app;
create schema if not exists app_auth;
comment on schema app is 'Who is asking, which workspaces are theirs, and the guards that every table shares.';
comment on schema app_auth is 'What may be asked before there is a user: a closed list of functions.';

revoke all on schema public from public;
grant usage on schema public to authenticated, service_role;
grant usage on schema app to authenticated, service_role;
grant usage on schema app_auth to app_auth;

-- Functions are private until a grant says otherwise.
alter default privileges revoke execute on functions from public;

do $shim$
begin
    if to_regnamespace('auth') is null then
        create schema auth;
        grant usage on schema auth to anon, authenticated, service_role;
    end if;
    if to_regprocedure('auth.jwt()') is null then
        create function auth.jwt() returns jsonb language sql stable
        as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
        grant execute on function auth.jwt() to anon, authenticated, service_role;
    end if;
    if to_regprocedure('auth.uid()') is null then
        create function auth.uid() returns uuid language sql stable
        as $$ select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $$;
        grant execute on function auth.uid() to anon, authenticated, service_role;
    end if;
    if to_regprocedure('auth.role()') is null then
        create function auth.role() returns text language sql stable
        as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role' $$;
        grant execute on function auth.role() to anon, authenticated, service_role;
    end if;
    -- Time-ordered keys where the server makes them (18 and later), random ones elsewhere.
    if to_regprocedure('pg_catalog.uuidv7()') is not null then
        create function app.new_id() returns uuid language sql volatile set search_path = '' as 'select pg_catalog.uuidv7()';
    else
        create function app.new_id() returns uuid language sql volatile set search_path = '' as 'select pg_catalog.gen_random_uuid()';
    end if;
end
$shim$;
grant execute on function app.new_id() to authenticated, service_role;

-- External tokens: whoever an operator's identity provider (Supabase, Clerk, any OIDC issuer) signs in is a user here, found
-- by the token's subject. Part of the closed list of what may be asked before sign-in.

create function app_auth.caller_of(subject text)
returns table (user_id uuid, email text, full_name text, timezone text, locale text, week_start int, workspace_id uuid,
               is_active boolean, is_operator boolean, verified boolean, avatar_url text)
language sql stable security definer set search_path = ''
as $$
    select u.id, u.email, u.full_name, u.timezone, u.locale, u.week_start,
           coalesce((select w.id from public.workspaces w where w.personal_of = u.id),
                    (select m.workspace_id from public.workspace_members m
                      where m.user_id = u.id and m.suspended_at is null order by m.created_at limit 1)),
           u.is_active, u.is_operator, u.email_verified_at is not null, u.avatar_url
      from public.users u
     where u.external_id = caller_of.subject and caller_of.subject not like 'postwright:%'
$$;

-- A user for a subject that is new here, with a personal workspace. Null: another user has the address already, and only an
-- operator says that both are one person. Two requests at once make one user.
create function app_auth.register_subject(subject text, address text, name text) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    made uuid;
begin
    if subject like 'postwright:%' then
        return null;
    end if;
    insert into public.users (email, full_name, external_id, email_verified_at) values (address, nullif(trim(name), ''), subject, now())
    on conflict do nothing returning id into made;
    if made is null then
        return (select u.id from public.users u where u.external_id = subject);
    end if;
    perform app.make_workspace(made, left(coalesce(nullif(trim(name), ''), split_part(address, '@', 1)), 120), 'UTC', true);
    return made;
end $$;

-- An operator says that the user of an address is that subject; null takes the link away. The user's id; null: nobody has the address.
create function app_auth.link_subject(address text, subject text) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
    linked uuid;
begin
    if subject like 'postwright:%' or trim(subject) = '' or length(subject) > 255
       or exists (select from public.users u where lower(u.email) = lower(address) and u.external_id like 'postwright:%')
    then
        raise exception using errcode = '23514', table = 'users', column = 'external_id', constraint = 'users_external_id_reserved',
            message = 'this subject, or this account, is the server''s own';
    end if;
    update public.users u set external_id = subject where lower(u.email) = lower(address) returning u.id into linked;
    return linked;
end $$;
grant execute on function app_auth.caller_of(text), app_auth.register_subject(text, text, text), app_auth.link_subject(text, text) to app_auth;

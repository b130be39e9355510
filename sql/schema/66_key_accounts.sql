-- A key that names accounts writes to no other, whatever statement it comes by. It reads the whole workspace.

-- Argument: the column that holds the account. Triggered writes of the same transaction are held to it as well.
create function app.keep_to_accounts() returns trigger language plpgsql set search_path = ''
as $$
declare
    claims text := current_setting('request.jwt.claims', true);
    touched uuid[];
    allowed uuid[];
    foreign_one uuid;
begin
    if position('"accounts"' in coalesce(claims, '')) = 0 or claims::jsonb -> 'accounts' is null then
        return coalesce(new, old);
    end if;
    allowed := array(select jsonb_array_elements_text(claims::jsonb -> 'accounts')::uuid);
    touched := array_remove(array[(to_jsonb(old) ->> tg_argv[0])::uuid, (to_jsonb(new) ->> tg_argv[0])::uuid], null);
    if cardinality(touched) > 0 and touched <@ allowed then
        return coalesce(new, old);
    end if;
    foreign_one := (select each from unnest(touched) each where each <> all (allowed) limit 1);
    raise exception using
        errcode = '42501', table = tg_table_name, column = tg_argv[0], constraint = 'key_accounts',
        message = case when foreign_one is null then 'This key is held to some accounts, and this belongs to none of them.'
            else format('This key is not for the account %s.', coalesce(
                (select concat_ws(' on ', coalesce(c.handle, c.display_name), c.platform) from public.platform_connections c
                  where c.workspace_id = coalesce(new.workspace_id, old.workspace_id) and c.id = foreign_one),
                foreign_one::text)) end;
end $$;

do $$
declare
    kept record;
begin
    for kept in
        select * from (values ('platform_connections', 'id'), ('content_schedule_items', 'platform_connection_id'),
                              ('scheduled_posts', 'platform_connection_id'), ('published_posts', 'platform_connection_id'),
                              ('schedule_exceptions', 'platform_connection_id')) as t (relation, attribute)
    loop
        execute format('create trigger b_keep_to_accounts before insert or update or delete on public.%I for each row execute function app.keep_to_accounts(%L)',
            kept.relation, kept.attribute);
    end loop;
end $$;

-- An approval is about a post, and so about its account.
create function app.keep_approvals_to_accounts() returns trigger language plpgsql set search_path = ''
as $$
declare
    claims text := current_setting('request.jwt.claims', true);
begin
    if position('"accounts"' in coalesce(claims, '')) > 0 and claims::jsonb -> 'accounts' is not null and not exists (
        select from public.scheduled_posts p
         where p.workspace_id = new.workspace_id and p.id = new.scheduled_post_id
           and claims::jsonb -> 'accounts' ? p.platform_connection_id::text)
    then
        raise exception using errcode = '42501', table = tg_table_name, column = 'scheduled_post_id', constraint = 'key_accounts',
            message = 'This key is not for the account of this post.';
    end if;
    return new;
end $$;
create trigger b_keep_to_accounts before insert or update on public.approvals for each row execute function app.keep_approvals_to_accounts();

-- What is the whole workspace's is no such key's: a pause of all publishing, settings, who is in.
create function app.keep_whole() returns trigger language plpgsql set search_path = ''
as $$
declare
    claims text := current_setting('request.jwt.claims', true);
begin
    if position('"accounts"' in coalesce(claims, '')) > 0 and claims::jsonb -> 'accounts' is not null then
        raise exception using errcode = '42501', table = tg_table_name, constraint = 'key_accounts',
            message = 'This key is held to some accounts, and this is about the whole workspace.';
    end if;
    return coalesce(new, old);
end $$;

do $$
declare
    kept text;
begin
    foreach kept in array array['publishing_pauses', 'workspaces', 'workspace_members', 'invitations'] loop
        execute format('create trigger b_keep_whole before insert or update or delete on public.%I for each row execute function app.keep_whole()', kept);
    end loop;
end $$;

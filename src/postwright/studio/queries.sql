-- name: insert_draft
-- A new draft of the caller.
insert into content_adaptations (workspace_id, user_id, title, original_idea, source, adaptations, origin)
values (%(workspace)s, coalesce(%(user)s::uuid, auth.uid()), %(title)s, %(text)s, %(source)s, %(adaptations)s, %(origin)s)
returning id;

-- name: get_draft
-- One draft, deleted ones too.
select id, title, original_idea, source, adaptations, version, origin, user_id, created_at, updated_at, deleted_at
  from content_adaptations
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: lock_draft
-- One draft, locked until the transaction ends: two edits of it come one after the other.
select id, title, original_idea, source, adaptations, version, origin, user_id, created_at, updated_at, deleted_at
  from content_adaptations
 where workspace_id = %(workspace)s and id = %(id)s
   for update;

-- name: save_draft
-- Writes a changed draft and counts the change.
update content_adaptations
   set title = %(title)s, original_idea = %(text)s, source = %(source)s, adaptations = %(adaptations)s, version = %(version)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: set_deleted
-- Marks a draft as deleted, or brings it back (deleted_at null).
update content_adaptations
   set deleted_at = %(deleted_at)s
 where workspace_id = %(workspace)s and id = %(id)s;

-- name: purge_drafts
-- Removes drafts of every workspace that were deleted before a moment. One that a post still refers to stays, whatever
-- became of the post: its history shows the idea.
delete from content_adaptations d
 where d.deleted_at < %(before)s
   and not exists (select from content_schedule_items i where i.workspace_id = d.workspace_id and i.adaptation_id = d.id)
   and not exists (select from scheduled_posts s where s.workspace_id = d.workspace_id and s.adaptation_id = d.id)
   and not exists (select from published_posts p where p.workspace_id = d.workspace_id and p.adaptation_id = d.id);

-- name: list_drafts
-- Drafts of the workspace: those kept, or those deleted less than 30 days ago; by words of title or idea, by author. Order and
-- cursor are constants to the planner, so each order walks its own index.
select id, title, original_idea, source, adaptations, version, origin, user_id, created_at, updated_at, deleted_at
  from content_adaptations
 where workspace_id = %(workspace)s
   and case when %(deleted)s then deleted_at > %(now)s::timestamptz - interval '30 days' else deleted_at is null end
   and (%(text)s::text is null or position(lower(%(text)s) in lower(coalesce(title, '') || ' ' || original_idea)) > 0)
   and (%(author)s::uuid is null or user_id = %(author)s::uuid)
   and case when %(after)s::timestamptz is null then true
            when %(sort)s::text = 'created_at' then (created_at, id) > (%(after)s::timestamptz, %(after_id)s::uuid)
            when %(sort)s::text = '-created_at' then (created_at, id) < (%(after)s::timestamptz, %(after_id)s::uuid)
            when %(sort)s::text = 'updated_at' then (updated_at, id) > (%(after)s::timestamptz, %(after_id)s::uuid)
            else (updated_at, id) < (%(after)s::timestamptz, %(after_id)s::uuid) end
 order by case when %(sort)s::text = 'created_at' then created_at end,
          case when %(sort)s::text = '-created_at' then created_at end desc,
          case when %(sort)s::text = 'updated_at' then updated_at end,
          case when %(sort)s::text = '-updated_at' then updated_at end desc,
          case when %(sort)s::text not like '-%%' then id end,
          case when %(sort)s::text like '-%%' then id end desc
 limit %(limit)s;

-- name: find_same
-- Drafts of exactly this idea, newest first.
select id from content_adaptations
 where workspace_id = %(workspace)s and idea_hash = %(hash)s and deleted_at is null
 order by created_at desc limit 20;

-- name: member_name
-- What a member of the workspace is called; null for who left it.
select full_name from app.members(%(workspace)s) where user_id = %(user)s;

-- name: enqueue_render
-- Asks for a draft's pending media to be made.
select app.enqueue('render_media', %(workspace)s, array[%(id)s]::uuid[]);

-- name: own_draft_exists
-- Whether the caller ever made a draft here by hand.
select exists (select from content_adaptations where workspace_id = %(workspace)s and user_id = %(user)s and source ->> 'via' = 'composer');

-- name: posts_of_drafts
-- Where each draft stands on each account: its latest post that went out or will, else its latest one at all.
with posts as (
    select i.adaptation_id as draft_id, i.platform_connection_id as connection_id, pl.slug as platform, i.id, i.created_at,
           app.post_state(i.status, s.status, s.requires_approval and s.approved_at is null, i.scheduled_at, %(now)s) as state,
           coalesce(p.published_at, i.scheduled_at) as at, i.timezone
      from content_schedule_items i
      join platforms pl on pl.id = i.platform_id
      left join lateral (
           select x.* from scheduled_posts x
            where x.workspace_id = i.workspace_id and x.schedule_item_id = i.id
            order by x.created_at desc limit 1) s on true
      left join published_posts p on p.workspace_id = i.workspace_id and p.schedule_item_id = i.id and p.status in ('published', 'deleted')
     where i.workspace_id = %(workspace)s and i.adaptation_id = any (%(drafts)s::uuid[]) and i.platform_connection_id is not null
)
select distinct on (draft_id, connection_id) draft_id, connection_id, platform, id, state, at, timezone
  from posts
 where state <> 'canceled'
 order by draft_id, connection_id, state in ('planned', 'missed', 'failed'), coalesce(at, created_at) desc, id;

-- name: account_choices
-- Of each usable account (or of those named) what was chosen for it once, and what its platform last told that it may choose.
select c.id as connection_id, c.platform, c.profile_data as profile, k.choices, k.told_at, k.asked_at, k.error
  from platform_connections c
  left join account_choices k on k.workspace_id = c.workspace_id and k.platform_connection_id = c.id
 where c.workspace_id = %(workspace)s and c.is_active
   and case when %(ids)s::uuid[] is null then c.paused_at is null and c.health <> 'reconnect' else c.id = any (%(ids)s::uuid[]) end
 order by c.position, c.created_at, c.id;

-- name: enqueue_choices
-- Has the platforms of some accounts asked.
select app.enqueue('ask_choices', %(workspace)s, %(ids)s::uuid[]);

-- name: keep_choices
-- What a platform told; where it did not tell (choices null), what it told before stays, with why not.
insert into account_choices (workspace_id, platform_connection_id, choices, told_at, asked_at, error)
select c.workspace_id, c.id, coalesce(%(choices)s::jsonb, '{}'), case when %(choices)s::jsonb is not null then %(now)s::timestamptz end, %(now)s, %(error)s
  from platform_connections c where c.workspace_id = %(workspace)s and c.id = %(connection)s
on conflict (workspace_id, platform_connection_id) do update
   set choices = case when excluded.told_at is null then account_choices.choices else excluded.choices end,
       told_at = coalesce(excluded.told_at, account_choices.told_at), asked_at = excluded.asked_at, error = excluded.error;

-- name: keep_server
-- What the account's own server takes, as it last told.
update platform_connections set profile_data = profile_data || jsonb_build_object('server', %(server)s::jsonb)
 where workspace_id = %(workspace)s and id = %(connection)s and profile_data -> 'server' is distinct from %(server)s::jsonb;

-- name: platform_limits
-- Dated facts about the platforms, each with the page that says so.
select p.slug as platform, l.name, l.content_format, l.value::float8 as value, l.unit, l.detail, l.source, l.checked_on
  from platform_limits l
  join platforms p on p.id = l.platform_id
 order by p.slug, l.name, l.content_format nulls first, l.checked_on;

-- name: environment
-- Whether the workspace is sandbox or live; null until its first account decides.
select environment from workspaces where id = %(workspace)s;

-- name: media_kinds
-- Whether these media are images, videos or documents.
select f.id::text as id, case when f.mime_type = 'application/pdf' then 'document' else split_part(f.mime_type, '/', 1) end as kind
  from files f
 where f.workspace_id = %(workspace)s and f.id::text = any (%(media)s::text[])
   and (f.mime_type = 'application/pdf' or split_part(f.mime_type, '/', 1) in ('image', 'video'));

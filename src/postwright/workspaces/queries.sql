-- name: mine
-- All workspaces of the caller, oldest first, with how many are in each; a key has one.
select w.id, w.name, w.environment, w.timezone, w.personal_of is not null as personal, w.created_at, m.role,
       (select count(*) from workspace_members x where x.workspace_id = w.id) as members
  from workspaces w
  join workspace_members m on m.workspace_id = w.id and m.user_id = %(user)s
 where w.deleted_at is null
 order by w.created_at, w.id;

-- name: workspace
-- The workspace itself, for its members.
select w.id, w.name, w.environment, w.timezone, w.personal_of is not null as personal, w.created_at
  from workspaces w where w.id = %(workspace)s;

-- name: workspace_to_change
-- The same, held until the transaction ends: who changes it meanwhile waits.
select w.id, w.name, w.environment, w.timezone, w.personal_of is not null as personal, w.created_at
  from workspaces w where w.id = %(workspace)s for no key update;

-- name: create_workspace
-- A new workspace whose owner is the caller.
select app.create_workspace(%(name)s, %(environment)s);

-- name: change_workspace
-- Its name and the zone in which it plans.
update workspaces set name = %(name)s, timezone = %(timezone)s where id = %(workspace)s;

-- name: look_at
-- The workspace that this session looks at, one that its person is a member of.
update sessions s set workspace_id = %(workspace)s
  from workspace_members m
 where s.id = %(session)s and s.user_id = %(user)s and m.workspace_id = %(workspace)s and m.user_id = %(user)s and m.suspended_at is null;

-- name: takes
-- What a deletion takes along.
select (select count(*) from workspace_members x where x.workspace_id = %(workspace)s) as members,
       (select count(*) from platform_connections x where x.workspace_id = %(workspace)s and x.is_active) as accounts,
       (select count(*) from content_adaptations x where x.workspace_id = %(workspace)s and x.deleted_at is null) as drafts,
       (select count(*) from content_schedule_items x where x.workspace_id = %(workspace)s and x.status = 'queued') as planned,
       (select count(*) from scheduled_posts x where x.workspace_id = %(workspace)s and x.status = 'scheduled') as scheduled,
       (select count(*) from scheduled_posts x where x.workspace_id = %(workspace)s and x.status = 'processing') as publishing,
       (select count(*) from published_posts x where x.workspace_id = %(workspace)s and x.status = 'published') as published,
       f.media, f.media_bytes,
       (select count(*) from api_keys x where x.workspace_id = %(workspace)s and x.revoked_at is null) as keys,
       (select count(*) from invitations x
         where x.workspace_id = %(workspace)s and x.accepted_at is null and x.declined_at is null and x.revoked_at is null) as invitations
  from (select count(*) as media, coalesce(sum(x.size_bytes), 0)::bigint as media_bytes
          from files x where x.workspace_id = %(workspace)s and x.deleted_at is null) f;

-- name: delete_workspace
-- Hides the workspace from everybody; null when the caller does not own it.
select app.delete_workspace(%(workspace)s, %(typed)s);

-- name: deleted_workspaces
-- What the caller owned and may still restore.
select id, name, environment, deleted_at from app.my_deleted_workspaces();

-- name: restore_workspace
-- Brings a deleted workspace back; false when the caller did not own it or it is too late.
select app.restore_workspace(%(workspace)s);

-- name: members
-- Everybody of the workspace, the mightiest first; addresses only for admins.
select m.user_id, m.full_name, m.avatar_url, m.email, m.role, m.can_approve, m.joined_at
  from app.members(%(workspace)s) m
 order by app.role_rank(m.role) desc, lower(coalesce(m.full_name, '')), m.user_id;

-- name: member
-- One of them.
select m.user_id, m.full_name, m.avatar_url, m.email, m.role, m.can_approve, m.joined_at
  from app.members(%(workspace)s) m where m.user_id = %(user)s;

-- name: change_member
-- The role of a member and whether they may approve; no row when it changed meanwhile or the caller may not.
update workspace_members set role = %(role)s, can_approve = %(can_approve)s
 where workspace_id = %(workspace)s and user_id = %(user)s and role = %(was)s;

-- name: remove_member
-- Ends a membership; no row when the caller may not.
delete from workspace_members where workspace_id = %(workspace)s and user_id = %(user)s;

-- name: hold_ownership
-- Holds the caller's own ownership until the transaction ends; no row when they have none (any more).
select m.user_id from workspace_members m
 where m.workspace_id = %(workspace)s and m.user_id = %(user)s and m.role = 'owner'
   for no key update;

-- name: check_owners
-- What is otherwise asked at the commit: whether the workspace keeps an owner.
select app.check_owners();

-- name: invitations
-- Invitations, newest first; all, or only those that are open.
select i.id, i.email, i.role, i.can_approve, i.invited_by, m.full_name as invited_by_name, i.created_at, i.expires_at, i.emailed_at,
       i.accepted_at, i.declined_at, i.revoked_at
  from invitations i
  left join app.members(%(workspace)s) m on m.user_id = i.invited_by
 where i.workspace_id = %(workspace)s
   and (not %(open)s::boolean
        or i.accepted_at is null and i.declined_at is null and i.revoked_at is null and i.expires_at > %(now)s)
   and (%(after)s::timestamptz is null or (i.created_at, i.id) < (%(after)s, %(after_id)s::uuid))
 order by i.created_at desc, i.id desc
 limit %(limit)s;

-- name: invitation
-- One of them.
select i.id, i.email, i.role, i.can_approve, i.invited_by, m.full_name as invited_by_name, i.created_at, i.expires_at, i.emailed_at,
       i.accepted_at, i.declined_at, i.revoked_at
  from invitations i
  left join app.members(%(workspace)s) m on m.user_id = i.invited_by
 where i.workspace_id = %(workspace)s and i.id = %(id)s;

-- name: invited_lately
-- How many were made since a moment.
select count(*) from invitations i where i.workspace_id = %(workspace)s and i.created_at > %(since)s;

-- name: add_invitation
-- Keeps a place for an address.
insert into invitations (workspace_id, email, role, can_approve, token_hash, expires_at)
values (%(workspace)s, %(email)s, %(role)s, %(can_approve)s, %(hash)s, %(expires)s)
returning id;

-- name: end_expired
-- Makes way for a new invitation to an address whose last one expired.
update invitations set revoked_at = %(now)s
 where workspace_id = %(workspace)s and lower(email) = lower(%(email)s)
   and accepted_at is null and declined_at is null and revoked_at is null and expires_at <= %(now)s;

-- name: revoke_invitation
-- Ends an invitation that nobody answered.
update invitations set revoked_at = %(now)s
 where workspace_id = %(workspace)s and id = %(id)s and accepted_at is null and declined_at is null and revoked_at is null;

-- name: note_emailed
-- The mail server took the letter.
update invitations set emailed_at = %(now)s where workspace_id = %(workspace)s and id = %(id)s;

-- name: offer
-- The invitation of a token, while it stands; runs as app_auth.
select id, workspace_id, workspace_name, environment, email, role, can_approve, invited_by, expires_at from app_auth.invitation(%(hash)s);

-- name: waiting
-- Invitations to the caller's verified address.
select id, workspace_name, role, can_approve, invited_by, expires_at from app.my_invitations();

-- name: answer
-- The caller accepts or declines; the workspace's id, null when the invitation does not stand or is another's.
select app.answer_invitation(%(hash)s::bytea, %(id)s::uuid, %(accepts)s);

-- name: to_purge
-- Workspaces whose thirty days are over.
select w.id from workspaces w where w.deleted_at <= %(now)s::timestamptz - interval '30 days' order by w.deleted_at limit %(limit)s;

-- name: files_to_purge
-- What the storage holds of a workspace.
select f.id from files f where f.workspace_id = %(workspace)s;

-- name: purge
-- Removes all rows of such a workspace.
select app.purge_workspace(%(workspace)s, %(now)s);

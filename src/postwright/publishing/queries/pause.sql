-- Pauses, how late a post may go out, and posts that are held.

-- name: pauses
-- The pauses of all publishing that hold now: the workspace's and the server's, with who began them.
select p.id, p.workspace_id, p.reason, p.began_at, p.resumes_at, p.paused_by as user_id,
       coalesce(m.full_name, case when p.workspace_id is null then 'Whoever runs this server' else 'Somebody' end) as who
  from publishing_pauses p
  left join app.members(%(workspace)s) m on m.user_id = p.paused_by
 where (p.workspace_id = %(workspace)s or p.workspace_id is null) and p.began_at <= %(now)s and p.ends_at > %(now)s
 order by p.workspace_id nulls first;

-- name: close_pauses
-- Writes down that a pause with a time to resume is over, so that a new one can begin.
update publishing_pauses p set ended_at = p.resumes_at
 where p.workspace_id = %(workspace)s and p.ended_at is null and p.resumes_at <= %(now)s;

-- name: begin_pause
-- Pauses all publishing of a workspace; nothing where somebody was faster.
insert into publishing_pauses (workspace_id, reason, began_at, resumes_at)
values (%(workspace)s, %(reason)s, %(now)s, %(until)s)
on conflict (workspace_id) where ended_at is null do nothing
returning id;

-- name: change_pause
-- Another reason or another end for the pause that holds.
update publishing_pauses p set reason = %(reason)s, resumes_at = %(until)s
 where p.workspace_id = %(workspace)s and p.ended_at is null;

-- name: end_pause
-- Publishing goes on; what fell due meanwhile waits for a decision.
update publishing_pauses p set ended_at = greatest(%(now)s, p.began_at)
 where p.workspace_id = %(workspace)s and p.ended_at is null and (p.resumes_at is null or p.resumes_at > %(now)s);

-- name: pause_server
-- The same for the whole server, by whoever runs it; null where it is paused already.
select app_auth.pause_server(%(by)s, %(reason)s, %(now)s, %(until)s);

-- name: resume_server
-- Publishing of the whole server goes on.
select app_auth.resume_server(%(by)s, %(now)s);

-- name: standing
-- For the web process, of all workspaces: the publisher's last sign of life, and every pause that holds.
select app_auth.standing(%(now)s);

-- name: late_policy
-- How late a post may still go out by itself, in minutes.
select extract(epoch from app.late_grace(w.settings))::int / 60 from workspaces w where w.id = %(workspace)s;

-- name: set_late_policy
-- Admins set it.
update workspaces w set settings = w.settings || jsonb_build_object('late_grace_minutes', %(minutes)s::int) where w.id = %(workspace)s;

-- name: held_posts
-- Posts whose time passed while they could not go out, the oldest first: each waits for a decision.
select s.schedule_item_id as id
  from scheduled_posts s
  join workspaces w on w.id = s.workspace_id
 where s.workspace_id = %(workspace)s and s.status = 'scheduled' and s.due_at <= %(now)s and s.schedule_item_id is not null
   and (not s.requires_approval or s.approved_at is not null) and not s.hand_off
   and s.due_at <= app.held_before(w.id, w.settings, %(now)s)
 order by s.due_at, s.id
 limit %(limit)s;

-- name: held_by_pause
-- The pause during which a held post fell due, the latest of them; nothing: it waits for another reason.
select p.reason, p.workspace_id is null as server
  from scheduled_posts s
  join publishing_pauses p on p.workspace_id = s.workspace_id or p.workspace_id is null
 where s.workspace_id = %(workspace)s and s.schedule_item_id = %(item)s and s.status = 'scheduled'
   and p.began_at <= %(now)s and p.ends_at >= s.due_at
 order by p.began_at desc
 limit 1;

-- name: catalogue
-- Everything about a schema that two databases can be compared by, one line each: columns, constraints,
-- indexes, policies, triggers, functions, types, views, grants, comments. Names of login roles are left out
-- by the caller; object ids never appear.
with spaces as (
    select oid, nspname, nspacl, nspowner from pg_catalog.pg_namespace where nspname = any (%(schemas)s::text[])
), relations as (
    select c.*, s.nspname from pg_catalog.pg_class c join spaces s on s.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
), routines as (
    select p.*, s.nspname from pg_catalog.pg_proc p join spaces s on s.oid = p.pronamespace
)
select format('schema %%s', nspname) from spaces
union all
select format('relation %%s.%%s %%s rls=%%s forced=%%s %%s %%s', nspname, relname, relkind, relrowsecurity, relforcerowsecurity,
       array_to_string(reloptions, ','), case when relispartition then pg_get_expr(relpartbound, oid) end) from relations
union all
select format('column %%s.%%s.%%s %%s null=%%s generated=%%s identity=%%s default=%%s', r.nspname, r.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       not a.attnotnull, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
  from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attnum > 0 and not a.attisdropped
union all
select format('constraint %%s.%%s %%s %%s', r.nspname, r.relname, k.conname, pg_get_constraintdef(k.oid))
  from pg_catalog.pg_constraint k join relations r on r.oid = k.conrelid where k.contype <> 'n'
union all
select format('index %%s', pg_get_indexdef(i.indexrelid)) from pg_catalog.pg_index i join relations r on r.oid = i.indrelid
union all
select format('policy %%s.%%s %%s %%s permissive=%%s to %%s using %%s check %%s', schemaname, tablename, policyname, cmd, permissive,
       array_to_string(roles, ','), qual, with_check) from pg_catalog.pg_policies where schemaname in (select nspname from spaces)
union all
select format('trigger %%s %%s', t.tgenabled, pg_get_triggerdef(t.oid)) from pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid
 where not t.tgisinternal
union all
select format('function %%s', case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) else p.oid::regprocedure::text end) from routines p
union all
select format('view %%s.%%s %%s', nspname, relname, pg_get_viewdef(oid)) from relations where relkind in ('v', 'm')
union all
select format('enum %%s.%%s %%s', s.nspname, t.typname, string_agg(e.enumlabel, ',' order by e.enumsortorder))
  from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace join pg_catalog.pg_enum e on e.enumtypid = t.oid group by s.nspname, t.typname
union all
select format('domain %%s.%%s %%s', s.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))
  from pg_catalog.pg_type t join spaces s on s.oid = t.typnamespace where t.typtype = 'd'
union all
select format('grant %%s on relation %%s.%%s to %%s', a.privilege_type, r.nspname, r.relname, coalesce(g.rolname, 'public'))
  from relations r, aclexplode(coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner))) a
  left join pg_catalog.pg_roles g on g.oid = a.grantee
union all
select format('grant %%s on column %%s.%%s.%%s to %%s', x.privilege_type, r.nspname, r.relname, a.attname, coalesce(g.rolname, 'public'))
  from relations r join pg_catalog.pg_attribute a on a.attrelid = r.oid, aclexplode(a.attacl) x left join pg_catalog.pg_roles g on g.oid = x.grantee
union all
select format('grant %%s on function %%s to %%s', a.privilege_type, p.oid::regprocedure, coalesce(g.rolname, 'public'))
  from routines p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a left join pg_catalog.pg_roles g on g.oid = a.grantee
union all
select format('grant %%s on schema %%s to %%s', a.privilege_type, s.nspname, coalesce(g.rolname, 'public'))
  from spaces s, aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) a left join pg_catalog.pg_roles g on g.oid = a.grantee
union all
select format('comment %%s.%%s.%%s %%s', r.nspname, r.relname, a.attname, d.description)
  from pg_catalog.pg_description d join relations r on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = r.oid
  left join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum = d.objsubid and d.objsubid > 0
union all
select format('comment function %%s %%s', p.oid::regprocedure, d.description)
  from pg_catalog.pg_description d join routines p on d.classoid = 'pg_catalog.pg_proc'::regclass and d.objoid = p.oid
order by 1;

"""What must be true of every table, policy, key, index, function and view, asked of the catalogue."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

# Tables without a workspace, or with one that may be null (system rows, sessions, the log of what is gone).
NO_TENANT = {"users", "workspaces", "platforms", "platform_limits", "worker_heartbeats", "schema_versions"}

# Unique keys that workspace_id does not lead: each is why.
GLOBAL_KEYS = {
    "workspace_members_pkey": "the key of the pair itself, workspace first",
    "invitations_token_hash_key": "found by its token before anything is known of the workspace",
    "api_keys_key_hash_key": "found by its hash before anything is known of the workspace",
    "sessions_token_hash_key": "found by its cookie; a session belongs to a user",
}

RELATIONS = """select c.oid, c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"""


@pytest.fixture
def db(db_to_read: Connection) -> Connection:
    """Nothing here changes it."""
    return db_to_read


def names(db: Connection, query: str, *values: object) -> set[str]:
    return {str(row[0]) for row in db.execute(query.encode(), values)}


def test_every_table_guards_its_rows_from_its_owner_too(db: Connection) -> None:
    assert not names(
        db,
        """select c.oid::regclass::text from pg_class c
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p')
              and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))""",
    )


def test_every_policy_names_its_roles(db: Connection) -> None:
    assert not names(db, "select polname || ' on ' || polrelid::regclass from pg_policy where polroles @> '{0}'")
    assert not names(
        db,
        "select polname || ' on ' || polrelid::regclass from pg_policy, pg_roles r where r.rolname = 'anon' and r.oid = any (polroles)",
    )


def test_one_permissive_policy_per_role_and_verb(db: Connection) -> None:
    assert not names(
        db,
        """select p.polrelid::regclass || ' ' || verb || ' ' || role::regrole
             from pg_policy p
             cross join unnest(p.polroles) role
             cross join unnest(case p.polcmd when '*' then array['r', 'a', 'w', 'd'] else array[p.polcmd::text] end) verb
            where p.polpermissive group by p.polrelid, verb, role having count(*) > 1""",
    )


def test_no_policy_holds_a_sub_select(db: Connection) -> None:
    assert not names(
        db,
        r"""select polname || ' on ' || polrelid::regclass from pg_policy
             where pg_get_expr(polqual, polrelid) ~* '\mselect\M' or pg_get_expr(polwithcheck, polrelid) ~* '\mselect\M'""",
    )


def test_policies_ask_who_is_there_only_by_our_functions(db: Connection) -> None:
    """A call of auth.uid() or current_setting() in a policy is what linters warn of."""
    assert not names(
        db,
        r"""select polname || ' on ' || polrelid::regclass from pg_policy
             where coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '')
                   ~* '(auth\.|current_setting|current_role|current_user)'""",
    )


def test_columns_that_policies_compare_lead_an_index(db: Connection) -> None:
    """Columns held against the caller or the caller's workspaces."""
    assert not names(
        db,
        r"""with compared as (
                select p.polrelid, m[1] as name
                  from pg_policy p
                 cross join lateral regexp_matches(
                       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
                       '(\w+) = (?:ANY \(\(?app\.(?:mine|my_)|app\.me\(\))', 'g') m)
            select distinct polrelid::regclass || '.' || name
              from compared join pg_attribute a on a.attrelid = polrelid and a.attname = name
             where not exists (select from pg_index i where i.indrelid = polrelid and i.indkey[0] = a.attnum)""",
    )


def test_every_foreign_key_is_indexed(db: Connection) -> None:
    assert not names(
        db,
        """select conrelid::regclass || ' ' || conname from pg_constraint c
            where contype = 'f' and conparentid = 0 and connamespace in ('public'::regnamespace, 'app'::regnamespace)
              and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indpred is null
                                 and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)""",
    )


def test_no_index_stands_twice(db: Connection) -> None:
    assert not names(
        db,
        r"""select string_agg(indexrelid::regclass::text, ' = ')
              from pg_index join pg_class t on t.oid = indrelid
             where t.relnamespace in ('public'::regnamespace, 'app'::regnamespace)
             group by indrelid, regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX \S+', '') having count(*) > 1""",
    )


def test_every_tenant_table_is_found_by_its_workspace(db: Connection) -> None:
    tenants = names(db, f"select relname from ({RELATIONS}) t") - NO_TENANT
    assert tenants == names(
        db,
        f"""select t.relname from ({RELATIONS}) t join pg_attribute a on a.attrelid = t.oid and a.attname = 'workspace_id'
             where exists (select from pg_index i where i.indrelid = t.oid and i.indkey[0] = a.attnum and i.indpred is null)""",
    )
    nullable = names(
        db,
        f"""select t.relname from ({RELATIONS}) t join pg_attribute a on a.attrelid = t.oid and a.attname = 'workspace_id'
             where not a.attnotnull""",
    )
    assert nullable == {
        "platform_timing_data",
        "templates",
        "provider_config",
        "scoring_configs",
        "audit_log",
        "sessions",
        "publishing_pauses",
    }


def test_references_between_tenant_tables_carry_the_workspace(db: Connection) -> None:
    """A foreign-key check bypasses the policies: without the workspace in it, a row could hang on another tenant's."""
    assert not names(
        db,
        """select c.conrelid::regclass || ' ' || c.conname
             from pg_constraint c
             join pg_attribute own on own.attrelid = c.conrelid and own.attname = 'workspace_id'
             join pg_attribute theirs on theirs.attrelid = c.confrelid and theirs.attname = 'workspace_id'
            where c.contype = 'f' and c.connamespace = 'public'::regnamespace
              and not (own.attnum = any (c.conkey) and theirs.attnum = any (c.confkey))""",
    )


def test_unique_keys_of_tenants_carry_the_workspace(db: Connection) -> None:
    found = names(
        db,
        """select i.indexrelid::regclass::text
             from pg_index i join pg_class t on t.oid = i.indrelid
             join pg_attribute a on a.attrelid = t.oid and a.attname = 'workspace_id'
            where t.relnamespace = 'public'::regnamespace and not t.relispartition and i.indisunique and not i.indisprimary
              and not a.attnum = any (i.indkey::int2[])""",
    )
    assert found == set(GLOBAL_KEYS) - {"workspace_members_pkey"}


def test_security_definer_functions_are_closed(db: Connection) -> None:
    """A pinned search_path, and nobody's to call who is not named in a grant."""
    ours = "pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'app_auth'::regnamespace)"
    assert not names(
        db,
        f"""select oid::regprocedure::text from pg_proc
             where {ours} and not coalesce(array_to_string(proconfig, ','), '') ~ 'search_path='""",
    )
    assert not names(
        db,
        f"""select oid::regprocedure::text from pg_proc where {ours}
               and (proacl is null or has_function_privilege('anon', oid, 'execute'))""",
    )
    assert not names(
        db,
        """select oid::regprocedure::text from pg_proc
            where pronamespace = 'public'::regnamespace and prosecdef and has_function_privilege('authenticated', oid, 'execute')""",
    )


def test_app_auth_reaches_its_closed_list_only(db: Connection) -> None:
    reached = names(
        db,
        """select distinct pronamespace::regnamespace::text from pg_proc p join pg_namespace n on n.oid = pronamespace
            where has_function_privilege('app_auth', p.oid, 'execute') and has_schema_privilege('app_auth', n.oid, 'usage')
              and nspname not in ('pg_catalog', 'information_schema', 'auth')""",
    )
    assert reached == {"app_auth"}
    assert not names(
        db,
        """select c.oid::regclass::text from pg_class c
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace)
              and relkind in ('r', 'p', 'v')
              and has_table_privilege('app_auth', c.oid, 'select, insert, update, delete')""",
    )


def test_anon_gets_nothing(db: Connection) -> None:
    assert not names(
        db,
        """select c.oid::regclass::text from pg_class c
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'S')
              and (has_any_column_privilege('anon', c.oid, 'select, insert, update') or has_table_privilege('anon', c.oid, 'delete'))""",
    ), "a sequence is no table, but we have none"


def test_views_run_with_the_rights_of_who_asks(db: Connection) -> None:
    assert not names(
        db,
        """select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'
              and not coalesce(array_to_string(reloptions, ','), '') ~ 'security_invoker=(true|on)'""",
    )
    assert not names(db, "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('m', 'f')")


def test_partitions_are_reached_only_through_their_parent(db: Connection) -> None:
    assert not names(
        db,
        """select c.oid::regclass || ' by ' || r.rolname from pg_class c cross join pg_roles r
            where c.relispartition and c.relkind = 'r' and r.rolname in ('anon', 'authenticated', 'service_role')
              and has_any_column_privilege(r.oid, c.oid, 'select, insert, update')""",
    )


def test_nothing_of_the_owner_needs_a_superuser(db: Connection) -> None:
    row = db.execute("select rolsuper, rolbypassrls from pg_roles where rolname = current_user").fetchone()
    assert row == (False, False)
    assert not names(db, "select extname from pg_extension where extname <> 'plpgsql'")


def test_time_is_kept_with_its_zone(db: Connection) -> None:
    """The wall time of a post is the one that means to have none."""
    assert names(
        db,
        """select attrelid::regclass || '.' || attname from pg_attribute a join pg_class c on c.oid = attrelid
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') and attnum > 0
              and atttypid = 'timestamp'::regtype""",
    ) == {"content_schedule_items.wall_time"}


def test_updated_at_is_kept_by_trigger(db: Connection) -> None:
    assert not names(
        db,
        """select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'updated_at'
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'outputs_archive'
              and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'trg_updated_at')""",
    )

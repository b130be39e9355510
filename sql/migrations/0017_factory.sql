-- The content factory: from a product dossier to assembled shorts, every step and every cent on record.

create table public.cf_product_dossiers (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    slug text not null,
    name text not null,
    benefits text[] default '{}',
    pain_points text[] default '{}',
    proof_types text[] default '{before_after}' check (proof_types <@ '{before_after,testimonial,demo}'),
    target_audience text,
    category text,
    niche text,
    price numeric(10, 2),
    tiktok_shop_url text,
    affiliate_link text,
    status text default 'draft' check (status in ('draft', 'active', 'archived')),
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    unique (workspace_id, id)
);
comment on table public.cf_product_dossiers is 'Products: what the factory makes content of.';
comment on column public.cf_product_dossiers.slug is 'From the name where none is given; unique in the workspace.';
comment on column public.cf_product_dossiers.price is 'USD.';
create unique index idx_dossiers_slug on public.cf_product_dossiers (workspace_id, slug);
create index idx_dossiers_status on public.cf_product_dossiers (workspace_id, status);
create index idx_dossiers_category on public.cf_product_dossiers (workspace_id, category);
create index idx_dossiers_created_at on public.cf_product_dossiers (workspace_id, created_at desc);
call app.guard('public.cf_product_dossiers', author => 'created_by', audited => '{}');
call app.guard_status('public.cf_product_dossiers', 'status', '{{new,draft},{new,active},{draft,active},{active,archived}}');

-- 'Acne Patch' -> 'acne-patch', then 'acne-patch-2'.
create function app.write_slug() returns trigger language plpgsql set search_path = ''
as $$
declare
    plain text := coalesce(nullif(trim(both '-' from lower(regexp_replace(new.name, '[^[:alnum:]]+', '-', 'g'))), ''), 'product');
    number int := 1;
begin
    if new.slug is null then
        -- Two at once wait for each other instead of meeting at the unique key.
        perform pg_advisory_xact_lock(hashtextextended('slug:' || new.workspace_id, 0));
        new.slug := plain;
        while exists (select from public.cf_product_dossiers d where d.workspace_id = new.workspace_id and d.slug = new.slug) loop
            number := number + 1;
            new.slug := plain || '-' || number;
        end loop;
    end if;
    return new;
end $$;
create trigger b_slug before insert on public.cf_product_dossiers for each row execute function app.write_slug();

create table public.cf_generated_images (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    dossier_id uuid not null,
    type text not null check (type in ('before', 'after', 'product', 'lifestyle')),
    prompt text not null,
    model text default 'nano-banana',
    image_url text,
    remotion_job_id text,
    file_id uuid,
    status text default 'pending' check (status in ('pending', 'generating', 'completed', 'failed')),
    metadata jsonb default '{}',
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, dossier_id) references public.cf_product_dossiers (workspace_id, id) on delete cascade,
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete set null (file_id)
);
comment on table public.cf_generated_images is 'Images made for a dossier.';
comment on column public.cf_generated_images.model is 'A model or one of its aliases in provider_config.';
create index idx_images_dossier on public.cf_generated_images (workspace_id, dossier_id);
create index idx_images_type on public.cf_generated_images (workspace_id, type);
create index idx_images_status on public.cf_generated_images (workspace_id, status);
create index idx_images_remotion_job on public.cf_generated_images (remotion_job_id) where remotion_job_id is not null;
create index idx_images_pending on public.cf_generated_images (created_at) where status = 'pending';
call app.guard('public.cf_generated_images', author => 'created_by', parents => '{dossier_id,cf_product_dossiers}');

create table public.cf_generated_videos (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    dossier_id uuid not null,
    source_image_id uuid,
    type text not null check (type in ('reveal', 'demo', 'transition', 'testimonial')),
    prompt text not null,
    model text default 'veo-3.1',
    duration integer check (duration > 0),
    aspect_ratio text default '9:16' check (aspect_ratio in ('9:16', '16:9', '1:1', '4:5')),
    video_url text,
    remotion_job_id text,
    file_id uuid,
    status text default 'pending' check (status in ('pending', 'generating', 'completed', 'failed')),
    metadata jsonb default '{}',
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, dossier_id) references public.cf_product_dossiers (workspace_id, id) on delete cascade,
    foreign key (workspace_id, source_image_id) references public.cf_generated_images (workspace_id, id) on delete set null (source_image_id),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete set null (file_id)
);
comment on table public.cf_generated_videos is 'Videos made for a dossier.';
comment on column public.cf_generated_videos.duration is 'Seconds.';
create index idx_videos_dossier on public.cf_generated_videos (workspace_id, dossier_id);
create index idx_videos_source_image on public.cf_generated_videos (workspace_id, source_image_id);
create index idx_videos_type on public.cf_generated_videos (workspace_id, type);
create index idx_videos_status on public.cf_generated_videos (workspace_id, status);
create index idx_videos_pending on public.cf_generated_videos (created_at) where status = 'pending';
create index idx_videos_remotion_job on public.cf_generated_videos (remotion_job_id) where remotion_job_id is not null;
call app.guard('public.cf_generated_videos', author => 'created_by', parents => '{dossier_id,cf_product_dossiers}');

create table public.cf_scripts (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    dossier_id uuid not null,
    awareness_level integer not null check (awareness_level between 1 and 5),
    market_sophistication integer check (market_sophistication between 1 and 5),
    hook text not null,
    body text not null,
    cta text not null,
    full_script text generated always as (hook || E'\n\n' || body || E'\n\n' || cta) stored,
    estimated_duration integer,
    facts jsonb not null default '[]',
    origin text not null default 'written' check (origin in ('written', 'template', 'generated')),
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, dossier_id) references public.cf_product_dossiers (workspace_id, id) on delete cascade
);
comment on table public.cf_scripts is 'Spoken texts of a dossier, one per awareness level and market sophistication.';
comment on column public.cf_scripts.awareness_level is '1 unaware, 2 problem aware, 3 solution aware, 4 product aware, 5 most aware';
comment on column public.cf_scripts.market_sophistication is '1 direct claim, 2 improvement, 3 mechanism, 4 enhanced mechanism, 5 identity';
comment on column public.cf_scripts.estimated_duration is 'Seconds of reading aloud.';
comment on column public.cf_scripts.facts is 'Which dossier fact each claim stands on.';
create unique index idx_scripts_dossier_awareness on public.cf_scripts (workspace_id, dossier_id, awareness_level, market_sophistication) nulls not distinct;
create index idx_scripts_awareness on public.cf_scripts (workspace_id, awareness_level);
call app.guard('public.cf_scripts', author => 'created_by', parents => '{dossier_id,cf_product_dossiers}');

create table public.cf_assembled_content (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    dossier_id uuid not null,
    script_id uuid,
    video_ids uuid[] default '{}',
    image_ids uuid[] default '{}',
    platform text not null references public.platforms (slug) check (platform in ('tiktok', 'instagram', 'facebook', 'youtube', 'x', 'linkedin', 'threads')),
    caption text,
    hashtags text[] default '{}',
    compliance_disclosure text,
    remotion_render_id text,
    final_video_url text,
    file_id uuid,
    status text default 'draft' check (status in ('draft', 'rendering', 'ready', 'published', 'failed')),
    metadata jsonb default '{}',
    created_by uuid default auth.uid() references public.users (id) on delete set null,
    created_at timestamptz default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, dossier_id) references public.cf_product_dossiers (workspace_id, id) on delete cascade,
    foreign key (workspace_id, script_id) references public.cf_scripts (workspace_id, id) on delete set null (script_id),
    foreign key (workspace_id, file_id) references public.files (workspace_id, id) on delete set null (file_id)
);
comment on table public.cf_assembled_content is 'Finished shorts: script, videos and images put together for a platform.';
comment on column public.cf_assembled_content.video_ids is 'cf_generated_videos of the same workspace.';
comment on column public.cf_assembled_content.image_ids is 'cf_generated_images of the same workspace.';
comment on column public.cf_assembled_content.compliance_disclosure is 'What the platform or the law asks to be said.';
comment on column public.cf_assembled_content.hashtags is 'Without #.';
create index idx_assembled_dossier on public.cf_assembled_content (workspace_id, dossier_id);
create index idx_assembled_script on public.cf_assembled_content (workspace_id, script_id);
create index idx_assembled_status on public.cf_assembled_content (workspace_id, status, created_at);
create index idx_assembled_platform on public.cf_assembled_content (workspace_id, platform);
create index idx_assembled_remotion on public.cf_assembled_content (remotion_render_id) where remotion_render_id is not null;
call app.guard('public.cf_assembled_content', author => 'created_by', parents => '{dossier_id,cf_product_dossiers}');
create trigger b_platform_word before insert on public.cf_assembled_content for each row execute function app.write_platform_word();

-- What is made elsewhere may be brought in at any state; after that it goes the way of the specification.
call app.guard_status('public.cf_generated_images', 'status',
    '{{new,pending},{new,generating},{new,completed},{new,failed},{pending,generating},{generating,completed},{generating,failed}}');
call app.guard_status('public.cf_generated_videos', 'status',
    '{{new,pending},{new,generating},{new,completed},{new,failed},{pending,generating},{generating,completed},{generating,failed}}');
call app.guard_status('public.cf_assembled_content', 'status',
    '{{new,draft},{new,rendering},{new,ready},{new,failed},{draft,rendering},{rendering,ready},{rendering,failed},{ready,published}}',
    by_service => '{{new,published}}');

-- The assets of an assembly are of its own workspace: arrays cannot carry foreign keys.
create function app.check_assets() returns trigger language plpgsql security definer set search_path = ''
as $$
begin
    if exists (select from unnest(new.video_ids) v where not exists (
            select from public.cf_generated_videos g where g.workspace_id = new.workspace_id and g.id = v))
       or exists (select from unnest(new.image_ids) i where not exists (
            select from public.cf_generated_images g where g.workspace_id = new.workspace_id and g.id = i)) then
        raise exception using errcode = '23503', table = 'cf_assembled_content', constraint = 'cf_assembled_content_assets',
            message = 'an image or a video of this assembly does not exist';
    end if;
    return new;
end $$;
create trigger d_assets before insert or update of video_ids, image_ids on public.cf_assembled_content
    for each row execute function app.check_assets();

create table public.bulk_jobs (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    dossier_id uuid,
    name text,
    status text not null default 'queued' check (status in ('queued', 'processing', 'paused', 'completed', 'failed', 'cancelled')),
    request jsonb not null default '{}',
    quoted_cost numeric(12, 4),
    budget numeric(12, 4) check (budget >= 0),
    currency text not null default 'USD',
    total_count int not null default 0,
    completed_count int not null default 0,
    failed_count int not null default 0,
    idempotency_key text,
    last_error text,
    started_at timestamptz,
    finished_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, dossier_id) references public.cf_product_dossiers (workspace_id, id) on delete set null (dossier_id)
);
comment on table public.bulk_jobs is 'An order for many shorts, with its quote and its budget.';
comment on column public.bulk_jobs.quoted_cost is 'What it was said to cost before it began.';
comment on column public.bulk_jobs.request is 'What was ordered.';
comment on column public.bulk_jobs.budget is 'A hard limit: no step starts that could pass it.';
create unique index bulk_jobs_idempotency on public.bulk_jobs (workspace_id, idempotency_key) where idempotency_key is not null;
create index bulk_jobs_user_idx on public.bulk_jobs (user_id, created_at desc);
create index bulk_jobs_status_idx on public.bulk_jobs (workspace_id, status, created_at desc);
call app.guard('public.bulk_jobs', author => 'user_id', parents => '{dossier_id,cf_product_dossiers}', removes => null,
    settable => '{id,workspace_id,user_id,dossier_id,name,status,request,budget,currency,idempotency_key}', changeable => '{name,status,budget}');
-- A person pauses, resumes and cancels.
call app.guard_status('public.bulk_jobs', 'status',
    '{{new,queued},{queued,paused},{processing,paused},{paused,queued},{queued,cancelled},{processing,cancelled},{paused,cancelled},{failed,queued}}',
    by_service => '{{queued,processing},{processing,completed},{processing,failed},{processing,queued}}');

create table public.video_jobs (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid not null default auth.uid() references public.users (id) on delete cascade,
    bulk_job_id uuid,
    dossier_id uuid,
    script_id uuid,
    assembled_content_id uuid,
    platform text references public.platforms (slug),
    title text,
    status text not null default 'queued' check (status in ('queued', 'processing', 'paused', 'completed', 'failed', 'cancelled')),
    request jsonb not null default '{}',
    progress numeric not null default 0 check (progress between 0 and 1),
    idempotency_key text,
    worker_id text,
    lease_expires_at timestamptz,
    retry_count int not null default 0 check (retry_count >= 0),
    last_error text,
    started_at timestamptz,
    finished_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, bulk_job_id) references public.bulk_jobs (workspace_id, id) on delete cascade,
    foreign key (workspace_id, dossier_id) references public.cf_product_dossiers (workspace_id, id) on delete set null (dossier_id),
    foreign key (workspace_id, script_id) references public.cf_scripts (workspace_id, id) on delete set null (script_id),
    foreign key (workspace_id, assembled_content_id) references public.cf_assembled_content (workspace_id, id) on delete set null (assembled_content_id)
);
comment on table public.video_jobs is 'One short to be made; an asset that can be planned.';
comment on column public.video_jobs.progress is '0 to 1.';
comment on column public.video_jobs.lease_expires_at is 'After this another worker may take it.';
create unique index video_jobs_idempotency on public.video_jobs (workspace_id, idempotency_key) where idempotency_key is not null;
create index video_jobs_user_idx on public.video_jobs (user_id, created_at desc);
create index video_jobs_status_idx on public.video_jobs (workspace_id, status, created_at desc);
create index video_jobs_waiting_idx on public.video_jobs (created_at) where status = 'queued';
call app.guard('public.video_jobs', author => 'user_id', parents => '{bulk_job_id,bulk_jobs,dossier_id,cf_product_dossiers}', removes => null,
    settable => '{id,workspace_id,user_id,bulk_job_id,dossier_id,script_id,platform,title,status,request,idempotency_key}', changeable => '{title,status}');
call app.guard_status('public.video_jobs', 'status',
    '{{new,queued},{queued,paused},{paused,queued},{queued,cancelled},{processing,cancelled},{paused,cancelled},{failed,queued}}',
    by_service => '{{queued,processing},{processing,completed},{processing,failed},{processing,queued}}');

-- A step of making something: known by what goes in, so that a restart finds it and never buys twice.
create table public.generation_steps (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    video_job_id uuid,
    image_id uuid,
    video_id uuid,
    script_id uuid,
    assembled_content_id uuid,
    kind text not null,
    input_hash text not null,
    attempt int not null default 1,
    provider text not null,
    model text,
    request_id text,
    state text not null default 'planned' check (state in ('planned', 'submitted', 'running', 'completed', 'failed', 'blocked')),
    units numeric,
    cost numeric(12, 6),
    result jsonb,
    error jsonb,
    submitted_at timestamptz,
    finished_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, input_hash, attempt),
    foreign key (workspace_id, video_job_id) references public.video_jobs (workspace_id, id) on delete set null (video_job_id),
    foreign key (workspace_id, image_id) references public.cf_generated_images (workspace_id, id) on delete set null (image_id),
    foreign key (workspace_id, video_id) references public.cf_generated_videos (workspace_id, id) on delete set null (video_id),
    foreign key (workspace_id, script_id) references public.cf_scripts (workspace_id, id) on delete set null (script_id),
    foreign key (workspace_id, assembled_content_id) references public.cf_assembled_content (workspace_id, id) on delete set null (assembled_content_id)
);
comment on table public.generation_steps is 'Each step of making something, known by its input, so that a restart never buys twice.';
comment on column public.generation_steps.input_hash is 'SHA-256 of all that goes in.';
comment on column public.generation_steps.units is 'What is billed, in the unit of the model.';
comment on column public.generation_steps.cost is 'Money; see job_costs.';
comment on column public.generation_steps.request_id is 'The provider''s own, kept before the first poll.';
comment on column public.generation_steps.state is 'blocked: the provider finished without a result and gave a reason; not billed.';
create index generation_steps_open_idx on public.generation_steps (submitted_at) where state in ('submitted', 'running');
call app.guard('public.generation_steps', adds => null, changes => null, removes => null, parents => '{video_job_id,video_jobs}');
call app.guard_status('public.generation_steps', 'state', '{}',
    by_service => '{{new,planned},{new,submitted},{new,completed},{planned,submitted},{planned,completed},{planned,failed},{submitted,running},{submitted,completed},
                    {submitted,failed},{submitted,blocked},{running,completed},{running,failed},{running,blocked}}');

-- Money spent on making. What a platform is paid stands in post_metrics_daily and post_promotions.
create table public.job_costs (
    id uuid primary key default app.new_id(),
    workspace_id uuid not null references public.workspaces (id) on delete cascade,
    user_id uuid default auth.uid() references public.users (id) on delete set null,
    bulk_job_id uuid,
    video_job_id uuid,
    generation_step_id uuid,
    provider text,
    model text,
    units numeric,
    unit text,
    unit_cost numeric(12, 6),
    amount numeric(12, 6) not null default 0 check (amount >= 0),
    currency text not null default 'USD',
    billed boolean not null default true,
    created_at timestamptz not null default now(),
    unique (workspace_id, id),
    foreign key (workspace_id, bulk_job_id) references public.bulk_jobs (workspace_id, id) on delete set null (bulk_job_id),
    foreign key (workspace_id, video_job_id) references public.video_jobs (workspace_id, id) on delete set null (video_job_id),
    foreign key (workspace_id, generation_step_id) references public.generation_steps (workspace_id, id) on delete set null (generation_step_id)
);
comment on column public.job_costs.amount is 'Money.';
comment on column public.job_costs.billed is 'False: the provider does not charge for this attempt.';
comment on table public.job_costs is 'A row per attempt, billed or not: the ledger of what making cost.';
create index job_costs_created_idx on public.job_costs (workspace_id, created_at desc);
call app.guard('public.job_costs', adds => null, changes => null, removes => null,
    parents => '{video_job_id,video_jobs,bulk_job_id,bulk_jobs}');

-- What a provider can do, costs and when it ends: data, never code. Global rows, and a workspace's own.
create table public.provider_config (
    id uuid primary key default app.new_id(),
    workspace_id uuid references public.workspaces (id) on delete cascade,
    provider text not null,
    kind text not null check (kind in ('text', 'image', 'video', 'speech', 'transcription', 'render')),
    model text not null,
    aliases text[] not null default '{}',
    capabilities jsonb not null default '{}',
    limits jsonb not null default '{}',
    unit text,
    unit_cost numeric(12, 6) check (unit_cost >= 0),
    currency text not null default 'USD',
    is_default boolean not null default false,
    is_enabled boolean not null default true,
    retires_on date,
    successor text,
    source text,
    checked_on date,
    notes text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.provider_config is 'Models of providers: what they can do, cost, and when they end.';
comment on column public.provider_config.aliases is 'Names that the specifications use for it.';
comment on column public.provider_config.retires_on is 'From that day it is gone.';
comment on column public.provider_config.successor is 'The model to use then.';
comment on column public.provider_config.unit_cost is 'Null: not known here; a quote then says so instead of guessing.';
create unique index provider_config_model_key on public.provider_config (workspace_id, provider, kind, model) nulls not distinct;
create unique index provider_config_one_default on public.provider_config (workspace_id, kind) nulls not distinct where is_default;
call app.guard('public.provider_config', adds => 'admin', changes => 'admin', removes => 'admin', shared => true);

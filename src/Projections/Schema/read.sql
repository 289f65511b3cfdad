-- What all read models share. Runs at every start and changes nothing the second time.

-- Roles belong to the whole cluster: another database may be making them at this very moment.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['trading_projector', 'trading_api', 'trading_operator'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception
      when duplicate_object or unique_violation then null;
    end;
    if not pg_has_role(current_user, role_name, 'member') then
      execute format('grant %I to %I', role_name, current_user);
    end if;
  end loop;
end
$$;

create schema if not exists read;
create schema if not exists read_tables;

create table if not exists read.checkpoints (
  projection text primary key,
  at_offset  bigint not null check (at_offset >= 0),
  moved_at   timestamptz not null default now()
);

-- Each checkpoint belongs to one generation: a table that is filled from the first event on. The view shows the live one.
do $$
begin
  if not exists (
    select from pg_catalog.pg_attribute where attrelid = 'read.checkpoints'::regclass and attname = 'generation'
  ) then
    alter table read.checkpoints
      add column model text, add column generation int, add column version int,
      add column state text check (state in ('live', 'filling', 'previous', 'scratch', 'retired'));
    update read.checkpoints set
      model = split_part(projection, '@', 1), generation = split_part(projection, '@', 2)::int,
      version = split_part(projection, '@', 2)::int, state = 'live';
    -- Of two tables the view shows the older one: a newer one beside it was never shown.
    update read.checkpoints newer set state = 'retired'
    where exists (select from read.checkpoints o where o.model = newer.model and o.generation < newer.generation);
    alter table read.checkpoints
      alter column model set not null, alter column generation set not null,
      alter column version set not null, alter column state set not null;
    create unique index one_live_generation on read.checkpoints (model) where state = 'live';
  end if;
end
$$;

-- What was asked of a read model, and how far it has come. At most one is unfinished for each model.
create table if not exists read.rebuilds (
  id                bigint generated always as identity primary key,
  model             text not null,
  kind              text not null check (kind in ('rebuild', 'upgrade', 'rollback')),
  state             text not null
    check (state in ('waiting', 'filling', 'verifying', 'paused', 'failed', 'done', 'cancelled')),
  generation        int not null,
  replaces          int not null,
  scratch           int,
  verify            boolean not null,
  asked_by          text not null,
  asked_at          timestamptz not null default now(),
  began_at          timestamptz,
  moved_at          timestamptz not null default now(),
  ended_at          timestamptz,
  at_offset         bigint not null default 0,
  head              bigint not null default 0,
  events_per_second double precision not null default 0,
  verified          boolean not null default false,
  cancel_asked      boolean not null default false,
  problem           text
);
create unique index if not exists one_unfinished_rebuild on read.rebuilds (model)
  where state not in ('done', 'cancelled');

-- Streams that a projection cannot fold. Their later events wait here too, until a retry succeeds.
create table if not exists read.parked_streams (
  projection text not null,
  stream     text not null,
  at_offset  bigint not null,
  version    bigint not null,
  event_id   uuid,
  event_type text not null,
  reason     text not null,
  parked_at  timestamptz not null default now(),
  primary key (projection, stream)
);

do $$
begin
  if not exists (
    select from pg_catalog.pg_attribute where attrelid = 'read.parked_streams'::regclass and attname = 'retry_asked'
  ) then
    alter table read.parked_streams add column retry_asked boolean not null default false;
  end if;
end
$$;

-- Moves a checkpoint from where the caller believes it is. Failing, it takes the caller's rows back with it.
create or replace function read.move_checkpoint(projection_name text, from_offset bigint, to_offset bigint)
returns void language plpgsql set search_path = pg_catalog as $$
begin
  update read.checkpoints set at_offset = to_offset, moved_at = now()
  where projection = projection_name and at_offset = from_offset and state in ('live', 'filling', 'scratch');
  if not found then
    if not exists (
      select from read.checkpoints where projection = projection_name and state in ('live', 'filling', 'scratch')
    ) then
      raise exception '% was replaced', projection_name using errcode = 'RP002';
    end if;
    raise exception 'checkpoint of % is not at %', projection_name, from_offset using errcode = 'RP001';
  end if;
end
$$;

grant usage on schema read, read_tables to trading_projector, trading_api, trading_operator;
grant select on read.checkpoints to trading_api, trading_operator, trading_projector;
grant update on read.checkpoints to trading_projector;
grant select on read.rebuilds to trading_operator, trading_projector;
grant select on read.parked_streams to trading_operator, trading_projector;
grant insert, delete on read.parked_streams to trading_projector;
revoke execute on function read.move_checkpoint(text, bigint, bigint) from public;
grant execute on function read.move_checkpoint(text, bigint, bigint) to trading_projector;

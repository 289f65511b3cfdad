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

-- Moves a checkpoint from where the caller believes it is. Failing, it takes the caller's rows back with it.
create or replace function read.move_checkpoint(projection_name text, from_offset bigint, to_offset bigint)
returns void language plpgsql set search_path = pg_catalog as $$
begin
  update read.checkpoints set at_offset = to_offset, moved_at = now()
  where projection = projection_name and at_offset = from_offset;
  if not found then
    raise exception 'checkpoint of % is not at %', projection_name, from_offset using errcode = 'RP001';
  end if;
end
$$;

grant usage on schema read, read_tables to trading_projector, trading_api, trading_operator;
grant select on read.checkpoints to trading_api, trading_operator, trading_projector;
grant update on read.checkpoints to trading_projector;
grant select on read.parked_streams to trading_operator, trading_projector;
grant insert, delete on read.parked_streams to trading_projector;
revoke execute on function read.move_checkpoint(text, bigint, bigint) from public;
grant execute on function read.move_checkpoint(text, bigint, bigint) to trading_projector;

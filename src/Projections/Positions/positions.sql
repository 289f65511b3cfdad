-- One row for each position; a closed one stays, so that its row still says which event closed it.
create table {table} (
  user_key    text not null,
  account_id  text not null,
  position_id text not null,
  symbol_id   bigint not null,
  symbol      text not null,
  side        text not null,
  volume      bigint not null,
  price       numeric not null,
  stop_loss   numeric,
  take_profit numeric,
  swap        numeric not null,
  commission  numeric not null,
  used_margin numeric,
  opened_at   timestamptz,
  label       text not null,
  comment     text not null,
  is_open     boolean not null,
  closed_at   timestamptz,
  close_cause text not null,
  at_offset   bigint not null,
  updated_at  timestamptz not null,
  written_at  timestamptz not null default now(),
  primary key (user_key, account_id, position_id)
);
create index on {table} (user_key, account_id) where is_open;
create index on {table} (user_key, at_offset desc);

-- One row for each order ever observed, whatever became of it.
create table {table} (
  user_key        text not null,
  account_id      text not null,
  order_id        text not null,
  status          text not null,
  symbol_id       bigint not null,
  symbol          text not null,
  side            text not null,
  type            text not null,
  volume          bigint not null,
  executed_volume bigint not null,
  limit_price     numeric,
  stop_price      numeric,
  execution_price numeric,
  stop_loss       numeric,
  take_profit     numeric,
  time_in_force   text not null,
  expires_at      timestamptz,
  position_id     text,
  closing         boolean not null,
  client_order_id text not null,
  label           text not null,
  comment         text not null,
  created_at      timestamptz,
  refusal_code    text not null,
  refusal_text    text not null,
  at_offset       bigint not null,
  updated_at      timestamptz not null,
  written_at      timestamptz not null default now(),
  primary key (user_key, account_id, order_id)
);
create index on {table} (user_key, account_id) where status in ('working', 'partially_filled');
create index on {table} (user_key, at_offset desc);

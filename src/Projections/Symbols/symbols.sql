-- One row for each account: all the symbols that the broker offers to it. Replaced whole, since a listing is stated whole.
create table {table} (
  user_key   text not null,
  account_id text not null,
  symbols    json not null,
  at_offset  bigint not null,
  updated_at timestamptz not null,
  written_at timestamptz not null default now(),
  primary key (user_key, account_id)
);

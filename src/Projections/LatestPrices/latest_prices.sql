-- One row for each symbol of an environment. Prices are whole numbers of 1/100,000,000.
create table {table} (
  environment  text not null,
  symbol       text not null,
  bid          bigint not null,
  ask          bigint not null,
  timestamp_ms bigint not null,
  at_offset    bigint not null,
  updated_at   timestamptz not null,
  written_at   timestamptz not null default now(),
  primary key (environment, symbol)
) with (fillfactor = 50);

-- One row for each candle that has a tick. Prices are whole numbers of 1/100,000,000, the timeframe is in minutes.
create table {table} (
  environment  text not null,
  symbol       text not null,
  timeframe    smallint not null,
  open_time_ms bigint not null,
  open         bigint not null,
  high         bigint not null,
  low          bigint not null,
  close        bigint not null,
  volume       bigint not null,
  opened_ms    bigint not null default 0,
  closed_ms    bigint not null default 0,
  first_offset bigint not null,
  at_offset    bigint not null,
  updated_at   timestamptz not null,
  written_at   timestamptz not null default now(),
  primary key (environment, symbol, timeframe, open_time_ms)
);

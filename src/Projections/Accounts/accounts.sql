-- One row for each broker account of a user; what equity depends on stands in the row, so that one read answers.
create table {table} (
  user_key               text not null,
  account_id             text not null,
  selected_offset        bigint not null,
  environment            text not null,
  currency               text not null,
  money_digits           int not null,
  login                  text not null,
  broker_name            text not null,
  account_type           text not null,
  access_rights          text not null,
  margin_rule            text not null,
  registered_at          timestamptz,
  balance                numeric,
  balance_version        bigint not null,
  leverage_in_cents      bigint not null,
  manager_bonus          numeric not null,
  ib_bonus               numeric not null,
  non_withdrawable_bonus numeric not null,
  positions              json not null,
  position_count         int not null,
  markets                bytea,
  at_offset              bigint not null,
  updated_at             timestamptz not null,
  written_at             timestamptz not null default now(),
  primary key (user_key, account_id)
);
create index on {table} (user_key, selected_offset desc);

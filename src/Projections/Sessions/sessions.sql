-- One row for each user: the session, the grant and the status of the connection.
create table {table} (
  user_key              text primary key,
  state                 text not null,
  broker                text not null,
  account_id            text,
  environment           text not null,
  requested_by          text not null,
  attempts              int not null,
  reason                text not null,
  code                  text not null,
  connected_at          timestamptz,
  has_credentials       boolean not null,
  scope                 text not null,
  credentials_expire_at timestamptz,
  granted_accounts      json not null,
  subscriptions         json not null,
  owner                 text not null,
  at_offset             bigint not null,
  updated_at            timestamptz not null,
  written_at            timestamptz not null default now()
);
create index on {table} (at_offset desc);

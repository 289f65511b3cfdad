-- One row for each person; the hash of the e-mail address leads a caller who knows only that to the same user.
create table {table} (
  user_key       text primary key,
  email_key      text,
  sealed_user_id bytea not null,
  sealed_email   bytea not null,
  at_offset      bigint not null,
  updated_at     timestamptz not null,
  written_at     timestamptz not null default now()
);
create index on {table} (email_key);

-- Which master key wraps a user's key: the first bytes of its hash. Null: from before there could be more than one.
ALTER TABLE eventstore.user_key ADD COLUMN master_key text;

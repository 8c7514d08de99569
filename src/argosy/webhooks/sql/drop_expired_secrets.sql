-- Drop secrets that sign no more.
delete from webhook_secret
where expires_at <= $1
returning secret_id

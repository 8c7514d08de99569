-- The secret that webhooks of the sandbox gateway are signed with.
select webhook_secret from sandbox_account

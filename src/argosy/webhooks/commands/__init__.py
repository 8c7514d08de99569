"""The commands of webhooks: what endpoints are, sending, and sending again."""

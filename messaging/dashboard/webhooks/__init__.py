"""Pages about webhooks: where events are posted, what was answered, and posting them again."""

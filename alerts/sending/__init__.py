"""From an alert to whoever should know: deliveries, messages, mail and webhooks."""

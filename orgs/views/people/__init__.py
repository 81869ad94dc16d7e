"""Settings → Members: who is here, who is invited, who goes."""

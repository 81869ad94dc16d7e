"""What bounds requests: rates, concurrency, budgets, models; shared by all workers in slices."""

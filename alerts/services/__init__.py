"""What people do with alerts, their rules and channels: one module for each."""

"""What the log costs: appending beside a plain INSERT, sealing, and verifying in the database and as a bundle."""

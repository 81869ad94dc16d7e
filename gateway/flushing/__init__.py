"""From the journals to the database: every line once, whoever reads it, however often."""

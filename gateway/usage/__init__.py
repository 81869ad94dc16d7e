"""What requests use: read from answers, priced, journalled before the last byte is sent, summed in the database."""

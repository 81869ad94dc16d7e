"""What people are given to sign in with."""

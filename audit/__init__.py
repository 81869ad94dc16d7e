"""The append-only log: every act as one event, written with the act or not at all."""

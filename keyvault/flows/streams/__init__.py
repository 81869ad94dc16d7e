"""Streams: the sealed log, leaf by leaf, to a SIEM by webhook or syslog.

Every event comes at least once and in the order of its log; what was sent twice is told by its leaf index. Reading and
writing values never wait for a stream: it follows the log from a cursor of its own, and falls behind alone.
"""

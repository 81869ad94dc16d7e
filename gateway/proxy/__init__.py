"""The road of one request, without Django: read, judge, route, swap the key, stream the answer."""

"""The main job, played against a running server by a client that knows nothing but HTTP."""

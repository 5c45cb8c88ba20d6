"""One turn of the pilot: read the context, stream the reply, store what it says."""

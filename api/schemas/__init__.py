"""Bodies of requests and answers that are not resources of the domain."""

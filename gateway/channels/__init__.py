"""One file a protocol: authenticate a request, and turn it into an envelope."""

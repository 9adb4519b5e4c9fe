"""Claims: what does harm takes effect only when the right phone answers, and then once."""

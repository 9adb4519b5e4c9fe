"""What a programme has done, counted from its messages, subscriptions, questions and people."""

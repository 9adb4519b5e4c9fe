"""What a person is sent and when: planned a day ahead, changed with the person's dates."""

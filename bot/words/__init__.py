"""What a seller writes in words, done: the rows that it changes, and what is answered."""

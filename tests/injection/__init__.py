"""What others write into tickets, logs and pictures, against a model that obeys every word of it."""

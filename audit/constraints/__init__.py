"""What rows of a table can be: kinds of inputs, their limits, and relations between them."""

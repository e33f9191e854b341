"""What our own API takes and gives, as documents describe it."""

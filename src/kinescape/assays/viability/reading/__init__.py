"""What plate readers and screens write: wells, doses and time courses, every layout."""

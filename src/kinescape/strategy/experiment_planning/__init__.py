"""What is known of pairs that nobody tested, which to test with how many wells, and where on the plate."""

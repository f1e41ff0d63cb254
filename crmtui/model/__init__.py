"""What a business type and its parts are: plain definitions without input or output."""

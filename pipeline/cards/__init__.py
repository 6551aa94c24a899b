"""Product cards: the product with its title, its advantages, sizes or price set in real type."""

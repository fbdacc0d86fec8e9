"""Training: epochs of an optimizer, what is recorded and watched meanwhile, and when it stops."""

"""Who owns the model, where it runs, and who is served when."""

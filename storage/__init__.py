"""What outlives the process: sellers, photos, jobs, own backgrounds, captions and files."""

"""Pictures for people to choose by: previews, numbered parts, sheets, pages."""

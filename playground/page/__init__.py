"""The page that shows the chats and lets one write in them."""

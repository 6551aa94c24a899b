"""The chats: people, messages, files and updates, all in memory."""

"""Telegram on one's own machine, to try the bot in: a Bot API server, chats, and a page."""

"""The Bot API over HTTP, as far as the bot uses it: https://core.telegram.org/bots/api."""

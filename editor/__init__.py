"""The fingertip editor: a page inside Telegram, and what it asks of this process.

`access` lets in the photo's owner; `opened` keeps what is worked on; `touch` answers taps and
boxes, `painted` takes what was painted, `session` tells the page all that it begins with; `app`
has the routes. Nothing here talks to a chat: what is done is a job.
"""

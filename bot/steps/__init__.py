"""The steps between an accepted photo and the picture in the chat, one per kind of job.

A step may run twice, since its process may die before the job is marked as done: each looks
first at what has been reached already.
"""

"""Votes: one person's (`operations`), many at once as other servers send them (`batches`), and who voted (`voters`)."""

from service.forum.votes.operations import Voted, vote_on_comment, vote_on_post

__all__ = ["Voted", "vote_on_comment", "vote_on_post"]

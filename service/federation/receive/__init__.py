"""Understanding what was let in: who did what to which thing, whether they may, and what follows.

Reading order: `drain` takes batches from the `queue` of the `lanes` that this process owns, `plan` reads them, `known`
finds what they name in the tables, `missing` fetches what is not there, `rules` say who may do what, `effects` do it by
the forum's operations, `announcing` tells the followers of our communities.
"""

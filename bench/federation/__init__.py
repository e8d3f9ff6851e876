"""What talking with other servers takes, each figure beside its bound in the same run."""

"""Pages one would rather look at than read: one for the paper, one for every material."""

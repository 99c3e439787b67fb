"""The shop's own words for the sentences of its bot: what may be reworded, what must stay, what was changed."""

"""The whole programme worked out again from what went in: bills, goods that came back, what hands did, the rules.

A customer at a time, in the order of their ledger. Of a movement the ledger says only that it was made, when and about
what; its points, carry, tier, lots and balance are computed with the pure parts of the engine and compared.

Taken as known, for nothing else tells: whole points adjusted by hand or brought along (with the last day of those); the
price of a redemption and the points that paid a bill; what was true of a person when a bill was rated
(`award_fact`); where a cap of everybody together, or of a person with several records, cut a rule (`rule_award.capped`
and what was left); on which days reviews came, and that the grace of a tier they took was over.
"""

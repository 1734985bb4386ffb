"""更正: what the office has down wrongly of a person, a ticket or a score is put right, with a reason; submissions stay as they are."""

"""Commands about people: accounts of staff and examinees, and what the office has down wrongly of them."""

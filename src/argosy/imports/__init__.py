"""Files of other systems as orders: what each column means, and what is not an order."""

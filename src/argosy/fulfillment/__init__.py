"""Fulfillment: choosing locations, working fulfillment orders, parcels and what carriers say."""

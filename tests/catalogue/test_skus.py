async def test_the_business_stands(business, db):
    from argosy.catalogue import door
    async with db.reading() as tx:
        n = await door.network(tx)
        s = await door.skus_by_code(tx, ["SET", "NOPE"])
    assert set(n.location_codes) == {"reading", "venlo", "london"}
    assert s["SET"].is_kit
    assert len(s["SET"].components) == 2

-- Wait until nobody else counts these promotion codes, and keep others waiting.
select promotion_code_id from promotion_code
where code = any($1::text [])
order by promotion_code_id
for no key update

-- Give back every lease of a holder that stops.
delete from lease where holder = $1

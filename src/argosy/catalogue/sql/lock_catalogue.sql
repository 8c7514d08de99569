-- Let one change of the catalogue at a time come this far; the others wait until it is committed.
select version from catalogue_version for update

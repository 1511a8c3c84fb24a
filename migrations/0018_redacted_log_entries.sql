-- Single entries of the court log that an order to redact takes out, beside its intervals: their numbers in the log of the hearing,
-- a list, as JSON. None for an order that names none.
ALTER TABLE redaction_orders ADD COLUMN log_entries TEXT;

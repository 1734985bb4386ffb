"""What keeps the tables in order: periodic work that is due, tables of rows that are only added, seals of audit rows."""

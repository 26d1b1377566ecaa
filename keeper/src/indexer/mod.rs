//! Follows each chain: decodes its events and commits them with the cursor.

-- Why: an order to raise is about the attempt that its giver saw. By the times of two clocks one order raised at every look, when the giver's was ahead.
ALTER TABLE orders ADD COLUMN replaces BYTEA;

"""Pure values and rules: identifiers, amounts, prices, orders, receipts, errors. No I/O."""

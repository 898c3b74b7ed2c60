"""Getting paid: settlements asked for, checked, sent with the own key through the own node, and seen."""

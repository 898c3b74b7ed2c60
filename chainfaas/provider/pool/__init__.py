"""Sandboxes that stand ready before their job: started ahead, or kept from a call to the next."""

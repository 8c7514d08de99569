"""Stock: what lies where, and to whom it is promised."""

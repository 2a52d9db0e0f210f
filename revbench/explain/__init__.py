"""The compiler explains itself: texts of what it made, what is exact, what is kept, what is computed again."""

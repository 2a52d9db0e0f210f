"""The compiler explains itself: texts and pictures of what it made, what is exact, what is kept, what is computed again."""

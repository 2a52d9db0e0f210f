"""What a program is: nodes, types, traversals, and their text."""

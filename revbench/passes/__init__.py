"""IR -> IR: one file and one public function each."""

"""What `revbench bench` measures: ratios and rates, side by side in one run."""

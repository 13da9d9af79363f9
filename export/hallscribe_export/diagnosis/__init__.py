"""What ``doctor`` measures of a machine, and what it concludes."""

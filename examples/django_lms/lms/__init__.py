"""A small LMS: courses with lessons, a shop, and a check of access before each lesson."""

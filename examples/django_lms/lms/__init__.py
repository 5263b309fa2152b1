"""A small LMS: courses with lessons, a shop, a gate before each lesson."""

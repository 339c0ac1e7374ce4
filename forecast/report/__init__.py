"""What people see of a run: numbers in words, charts and pages. The only package that draws."""

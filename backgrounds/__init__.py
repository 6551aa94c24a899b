"""The six preset backgrounds, the file that names them, and the script that drew them."""

"""The one seam to a language model. It words a planned line at most; what he knows and gives away is decided before."""

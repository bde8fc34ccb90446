//! Which compilers there are, and exactly which.

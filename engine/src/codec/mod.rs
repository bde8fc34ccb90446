//! bincode behind one door: what is read back is either exactly what was written, or nothing.

//! Back ends: from the common representation to the files of a target.

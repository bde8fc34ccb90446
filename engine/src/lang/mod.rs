//! Front ends: pure functions from text. Siblings never meet.

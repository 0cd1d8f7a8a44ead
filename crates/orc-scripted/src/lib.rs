//! The built-in scripted agent: a real terminal program that plays a coding agent.

//! The contract between clients and the supervisor, and its client.

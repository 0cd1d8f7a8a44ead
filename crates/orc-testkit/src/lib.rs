//! Development only: test environment, model stub, fault tools.

"""What authors of plugins and applications test with: suites for backends, a simulated ledger and storage, fakes."""

"""Pages: HTML that works without a network. A page knows nothing of models; it is given data."""

"""Word vectors: training them, asking them, judging them, drawing them. No torch."""

"""vec2seq: train, judge, understand and serve small sequence models on your own data."""

__version__ = "0.1.0"

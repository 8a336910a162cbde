"""The multi-layer perceptron, trained by our own back-propagation (``kernels/mlp.py``): no PyTorch."""

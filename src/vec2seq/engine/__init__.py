"""The one training loop for nets, in PyTorch (extra ``nn``). It knows no text, no files and no tasks."""

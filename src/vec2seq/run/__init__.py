"""What every training needs: checkpoints, progress, signals, stopping early. No torch."""

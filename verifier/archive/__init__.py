"""The archive (lưu trữ): how long a dossier is kept, its package that needs no system of ours, its removal."""

"""The dossier (hồ sơ): commands are handled in one transaction each and leave events; no HTTP and no SQL in here."""

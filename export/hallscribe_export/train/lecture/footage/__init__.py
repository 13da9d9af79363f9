"""How pages are filmed: as a screen recording, by a camera in a hall, or as a board that is written on."""

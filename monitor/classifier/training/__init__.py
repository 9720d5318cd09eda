"""How the bundled weights are made. Needs the extra ``train``; nothing here runs in production."""

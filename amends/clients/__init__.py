"""The vendors' clients, one module each, held to what the settings say."""

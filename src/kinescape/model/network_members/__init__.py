"""Members that use the wiring: gains along it, and the saturating network with fitted edges."""

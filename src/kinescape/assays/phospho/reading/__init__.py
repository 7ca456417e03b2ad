"""What mass spectrometry engines write: tables of sites, peptides, precursors and spectra, brought to one table."""

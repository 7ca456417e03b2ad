"""The figures of a report, one file each: Altair charts that serve the page, a notebook and print alike."""

"""What the print formats show: figures and texts are prepared here, the templates only lay them out."""

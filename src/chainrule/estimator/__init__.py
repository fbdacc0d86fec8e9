"""The classifier, the choices that it makes for its user, and what a fitted one knows of rows."""

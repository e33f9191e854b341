"""System checks: a wrong setting is named together with the way to mend it."""

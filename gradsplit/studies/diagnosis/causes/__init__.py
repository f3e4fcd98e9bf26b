"""The causes of harm that a diagnosis tells apart: one file a cause, found by being here."""

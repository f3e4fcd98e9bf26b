"""Why one task harms another, and what helps: interventions, their order, and what they show."""

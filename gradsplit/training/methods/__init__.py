"""Ways to train one network for several tasks: one file a method, all with one interface."""

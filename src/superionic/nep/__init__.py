"""The neuroevolution potential (NEP4) in readable PyTorch: the reference every fast engine equals."""

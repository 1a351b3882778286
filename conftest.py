pytest_plugins = ["torch_semantics.plugin"]

pytest_plugins = ["torch_semantics.isolation", "torch_semantics.plugin"]

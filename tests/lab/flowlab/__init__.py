"""The differential test of the firewall evaluator: rules that are loaded for real, and real connections."""

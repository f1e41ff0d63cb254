"""The one place that knows SQL. Everything enters through `store.workspace.Workspace`."""

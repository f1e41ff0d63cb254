"""Read-only SQL over what the actor may read, answered by a process of its own.

The rows come from the SELECT that serves every list, so what is hidden, masked or out of scope is
decided there and nowhere else. They are copied into a database in memory of a child process, which
can reach nothing but that copy: SQL of people is never run where the workspace is open.
"""

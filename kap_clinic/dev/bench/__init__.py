"""What pages cost, in CPU time of the web process and its database backend, over a floor taken in the same run."""

"""One mapper for each resource; reads only."""

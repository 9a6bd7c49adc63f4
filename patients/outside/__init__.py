"""Facts that come from outside: laboratory results, and papers other people wrote."""

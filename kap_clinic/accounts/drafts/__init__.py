"""What somebody is typing, kept on the server a second after the last key (REL-14)."""
